package pack

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestReadCSVReadsColumnsByName(t *testing.T) {
	want := []Named{
		{ID: "b1", Offset: -1, Buffer: Buffer{0, 3, 4}},
		{ID: "b2", Offset: -1, Buffer: Buffer{3, 9, 5}},
	}
	placed := []Named{want[0], want[1]}
	placed[0].Offset, placed[1].Offset = 8, 0
	for name, c := range map[string]struct {
		text string
		want []Named
	}{
		"plain":           {"id,lower,upper,size\nb1,0,3,4\nb2,3,9,5\n", want},
		"no last newline": {"id,lower,upper,size\nb1,0,3,4\nb2,3,9,5", want},
		"windows":         {"\ufeffid,lower,upper,size\r\nb1,0,3,4\r\nb2,3,9,5\r\n", want},
		"other order":     {"size,id,upper,lower\n4,b1,3,0\n5,b2,9,3\n", want},
		"spaces":          {"ID, Lower, Upper , Size\nb1, 0, 3 , 4\n b2,3,9,5\n", want},
		"old names":       {"buffer_id,start,end,size\nb1,0,2,4\nb2,3,8,5\n", want},
		"plain options":   {"id,lower,upper,size,alignment,gaps,hint\nb1,0,3,4,1,,7\nb2,3,9,5,1, ,-1\n", want},
		"a solution":      {"id,lower,upper,size,offset\nb1,0,3,4,8\nb2,3,9,5,0\n", placed},
		"header only":     {"id,lower,upper,size\n", nil},
	} {
		got, err := ReadCSV(strings.NewReader(c.text))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: ReadCSV(%q) = %v, %v, want %v", name, c.text, got, err, c.want)
		}
	}
}

func TestReadCSVNamesLineAndColumnOfErrors(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":            {"", "empty"},
		"missing size":       {"id,lower,upper\n", `"size" is missing`},
		"missing upper":      {"id,lower,size\n", `"upper" is missing`},
		"unknown column":     {"id,lower,upper,size,colour\n", `"colour"`},
		"twice":              {"id,lower,start,upper,size\n", `"start" comes twice`},
		"upper and end":      {"id,lower,upper,end,size\n", "exclude each other"},
		"not a number":       {"id,lower,upper,size\na,0,3,4\nb,x,3,4\n", `line 3, column "lower": "x" is not an integer`},
		"a fraction":         {"id,lower,upper,size\na,0,3,4.5\n", `line 2, column "size": "4.5"`},
		"out of range":       {"id,lower,upper,size\na,0,3,99999999999999999999\n", `line 2, column "size"`},
		"end out of range":   {"id,lower,end,size\na,0,9223372036854775807,4\n", `line 2, column "end"`},
		"too few fields":     {"id,lower,upper,size\na,0,3\n", "line 2"},
		"too many fields":    {"id,lower,upper,size\na,0,3,4,5\n", "line 2"},
		"empty lifetime":     {"id,lower,upper,size\na,3,3,4\n", `line 2, column "upper"`},
		"negative size":      {"id,lower,upper,size\na,0,3,-4\n", `line 2, column "size"`},
		"negative offset":    {"id,lower,upper,size,offset\na,0,3,4,-1\n", `line 2, column "offset"`},
		"alignment":          {"id,lower,upper,size,alignment\na,0,3,4,64\n", `line 2, column "alignment"`},
		"gaps":               {"id,lower,upper,size,gaps\na,0,9,4,3-5\n", `line 2, column "gaps"`},
		"quotes":             {"id,lower,upper,size\n\"a,0,3,4\n", "line 2"},
		"line after newline": {"id,lower,upper,size\n\"a\nb\",0,3,4\nc,0,y,4\n", `line 4, column "upper"`},
	} {
		got, err := ReadCSV(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: ReadCSV(%q) = %v, %v, want an error with %q", name, c.text, got, err, c.want)
		}
	}
}

// failingReader fails after its text.
type failingReader struct {
	text *strings.Reader
	err  error
}

func (r failingReader) Read(p []byte) (int, error) {
	if r.text.Len() > 0 {
		return r.text.Read(p)
	}
	return 0, r.err
}

func TestReadCSVPassesReadErrorsOn(t *testing.T) {
	want := errors.New("disk on fire")
	_, err := ReadCSV(failingReader{strings.NewReader("id,lower,upper,size\na,0,3,4\n"), want})
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, seed := range []string{
		"id,lower,upper,size\nb1,0,3,4\nb2,3,9,5\n",
		"buffer,begin,end,size,offset\n1,0,2,4,0\n",
		"id,lower,upper,size,alignment,gaps,hint\na,0,3,4,1,,1\n",
		"\ufeffid,lower,upper,size\r\n\"a\"\"b\",0,3,4\r\n",
		"id,lower,upper,size\na,-9223372036854775808,9223372036854775807,9223372036854775807\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		named, err := ReadCSV(strings.NewReader(text))
		if err != nil {
			return
		}
		buffers := make([]Buffer, len(named))
		for i, b := range named {
			if b.Upper <= b.Lower || b.Size < 0 || b.Offset < -1 {
				t.Fatalf("%q: row %d is ill-formed: %+v", text, i, b)
			}
			buffers[i] = b.Buffer
		}
		p, err := Solve(t.Context(), buffers, Options{Nodes: 100})
		if err != nil {
			return // the sum of the sizes overflows
		}
		if err := Check(buffers, p, 1); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
