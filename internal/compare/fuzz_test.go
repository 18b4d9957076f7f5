package compare

import (
	"bytes"
	"encoding/json"
	"testing"

	"tnbench/internal/result"
)

// FuzzStored compares whatever can be read: no document makes a comparison panic, and
// none that is compared with itself is different.
func FuzzStored(f *testing.F) {
	for _, d := range []*result.Document{process(0, measurement("slab", around(1e6)...)).Document, process(1, measurement("arena", 5)).Document} {
		text, err := json.Marshal(d)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, text)
	}
	f.Add([]byte(`{"schema":"tnbench/1","results":[{"instance":"a","alloc":"b","median_ns":0,"digest":{"shape":[-1],"sum":1,"l2":2,"wsum":3}}]}`), []byte(`{"schema":"tnbench/1"}`))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		base, err := result.Read(bytes.NewReader(first))
		if err != nil {
			return
		}
		new, err := result.Read(bytes.NewReader(second))
		if err != nil {
			return
		}
		a, b := File{"a", base}, File{"b", new}
		if _, err := json.Marshal(Stored([]File{a, b}, []File{b}, defaults)); err != nil {
			t.Fatalf("the comparison can't be written: %v", err)
		}
		if v := Stored([]File{a}, []File{a}, defaults).Verdict; v == Regression || v == Better {
			t.Fatalf("%s is %v compared with itself", first, v)
		}
	})
}
