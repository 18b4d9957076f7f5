package result

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

const smallDocument = `{"schema":"tnbench/1","tool":{"version":"v1","go":"go1.26"},"host":{"cpu":"c","cores":2,"os":"linux","arch":"amd64"},
 "settings":{"runs":3,"warmup":1,"threads":1,"streams":1,"seed":1},"warnings":[],
 "results":[{"instance":"net","path":"p","alloc":"slab","samples_ns":[3,1,2],"median_ns":2,"heap_allocs":0,"from the future":[1],
  "digest":{"shape":[],"sum":1,"l2":1,"wsum":1},"error":""}]}`

func TestReadKeepsWhatWasMeasured(t *testing.T) {
	d, err := Read(strings.NewReader(smallDocument))
	if err != nil {
		t.Fatal(err)
	}
	r := d.Results[0]
	if r.Median != Measured(2.0) || r.HeapAllocs != Measured(0.0) || r.HeapBytes.OK || !r.Digest.OK || len(r.Samples) != 3 {
		t.Errorf("got %+v", r)
	}
}

func TestReadNamesFieldAndRemedy(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "is empty",
		" \n":                         "is empty",
		"{":                           "ends in the middle",
		smallDocument[:300]:           "ends in the middle, after",
		"nonsense":                    "is no JSON",
		"[]":                          "is a JSON array, not a result",
		"7":                           "is a JSON number, not a result",
		"{}":                          "schema is missing",
		"null":                        "schema is missing",
		`{"schema":"tnbench/2"}`:      "use a newer tnbench",
		`{"schema":"tnbench-plan/1"}`: `schema is "tnbench-plan/1"`,
		`{"format_string":"a->"}`:     "schema is missing",
		smallDocument + smallDocument: "something follows the document",
		smallDocument + "x":           "something follows the document",
		strings.Replace(smallDocument, "[3,1,2]", "7", 1):                    "results.samples_ns is a number",
		strings.Replace(smallDocument, `"median_ns":2`, "", 1):               "is no JSON",
		strings.Replace(smallDocument, "[3,1,2]", "[3,-1]", 1):               "results[0]: samples_ns[1] is -1",
		strings.Replace(smallDocument, `"net"`, `""`, 1):                     "results[0]: instance is missing",
		strings.Replace(smallDocument, `"slab"`, `""`, 1):                    "results[0]: alloc is missing",
		strings.Replace(smallDocument, `"median_ns":2`, `"median_ns":-2`, 1): "results[0]: median_ns is -2",
	} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: error %v, want %q", text, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(smallDocument))
	f.Add([]byte(`{"schema":"tnbench/1","results":[{"instance":"a","alloc":"b","median_ns":1e400}]}`))
	f.Add([]byte(`{"schema":"tnbench/1","results":[{"instance":"a","alloc":"b","digest":{"shape":[1],"not_finite":{"l2":"NaN","sum":"NaN","wsum":"NaN"}}}]}`))
	f.Add([]byte(`{"schema":"tnbench/1","settings":null,"results":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		again, err := json.Marshal(d)
		if err != nil {
			t.Fatalf("%q cannot be written again: %v", text, err)
		}
		if _, err := Read(bytes.NewReader(again)); err != nil {
			t.Fatalf("%q was written as %q, which cannot be read: %v", text, again, err)
		}
	})
}
