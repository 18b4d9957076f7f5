package pack

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// bare returns what a file says of its buffers, without its text.
func bare(named []Named) []Named {
	var all []Named
	for _, b := range named {
		all = append(all, Named{ID: b.ID, Buffer: b.Buffer})
	}
	return all
}

func TestReadCSVReadsColumnsByName(t *testing.T) {
	plain := []Named{
		{ID: "b1", Buffer: Buffer{Lower: 0, Upper: 3, Size: 4}},
		{ID: "b2", Buffer: Buffer{Lower: 3, Upper: 9, Size: 5}},
	}
	ruled := func(first, second *Rules) []Named {
		all := slices.Clone(plain)
		all[0].Rules, all[1].Rules = first, second
		return all
	}
	for name, c := range map[string]struct {
		text string
		want []Named
	}{
		"plain":           {"id,lower,upper,size\nb1,0,3,4\nb2,3,9,5\n", plain},
		"no last newline": {"id,lower,upper,size\nb1,0,3,4\nb2,3,9,5", plain},
		"windows":         {"\ufeffid,lower,upper,size\r\nb1,0,3,4\r\nb2,3,9,5\r\n", plain},
		"other order":     {"size,id,upper,lower\n4,b1,3,0\n5,b2,9,3\n", plain},
		"spaces":          {"ID, Lower, Upper , Size\nb1, 0, 3 , 4\n b2,3,9,5\n", plain},
		"old names":       {"buffer_id,start,end,size\nb1,0,2,4\nb2,3,8,5\n", plain},
		"plain options":   {"id,lower,upper,size,alignment,gaps,hint,offset\nb1,0,3,4,1,,-1,\nb2,3,9,5,, ,,\n", plain},
		"header only":     {"id,lower,upper,size\n", nil},
		"offsets":         {"id,lower,upper,size,offset\nb1,0,3,4,8\nb2,3,9,5,\n", ruled(&Rules{Fixed: at(8)}, nil)},
		"hints":           {"id,lower,upper,size,hint\nb1,0,3,4,-1\nb2,3,9,5,7\n", ruled(nil, &Rules{Hint: at(7)})},
		"alignments":      {"id,lower,upper,size,alignment\nb1,0,3,4,64\nb2,3,9,5,1\n", ruled(&Rules{Align: 64}, nil)},
		"a gap":           {"id,lower,upper,size,gaps\nb1,0,3,4,1-2\nb2,3,9,5,\n", ruled(&Rules{Gaps: []Gap{{Lower: 1, Upper: 2}}}, nil)},
		"gaps of an end":  {"id,lower,end,size,gaps\nb1,0,2,4,1-1\nb2,3,8,5,\n", ruled(&Rules{Gaps: []Gap{{Lower: 1, Upper: 2}}}, nil)},
		"several gaps": {"id,lower,upper,size,gaps\nb1,0,3,4,\nb2,3,9,5,7-9@1:5  -3--1 4-5@0:2\n",
			ruled(nil, &Rules{Gaps: []Gap{{-3, -1, 0, 0}, {4, 5, 0, 2}, {7, 9, 1, 5}}})},
	} {
		got, err := ReadCSV(strings.NewReader(c.text))
		if err != nil || !reflect.DeepEqual(bare(got), c.want) {
			t.Errorf("%s: ReadCSV(%q) = %+v, %v, want %+v", name, c.text, bare(got), err, c.want)
		}
	}
}

func at(offset int) *int { return &offset }

func TestWriteCSVKeepsWhatTheFileSays(t *testing.T) {
	for text, want := range map[string]string{
		"id,lower,upper,size\nb1,0,3,4\nb2,3,9,5\n":                          "id,lower,upper,size,offset\nb1,0,3,4,10\nb2,3,9,5,11\n",
		"\ufeffsize,start,end,buffer\n4,0,3,\"a, \"\"b\"\"\"\n":              "size,start,end,buffer,offset\n4,0,3,\"a, \"\"b\"\"\",10\n",
		"id,offset,lower,upper,size\nb1,10,0,3,4\nb2,,3,9,5\n":               "id,offset,lower,upper,size\nb1,10,0,3,4\nb2,11,3,9,5\n",
		"id,lower,upper,size,gaps,hint,alignment\nx,0,9,4,3-5 6-7@0:1,3,2\n": "id,lower,upper,size,gaps,hint,alignment,offset\nx,0,9,4,3-5 6-7@0:1,3,2,10\n",
		"id,lower,upper,size\n":                                              "id,lower,upper,size,offset\n",
	} {
		named, err := ReadCSV(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		var out strings.Builder
		if err := WriteCSV(&out, named, Plan{Offsets: []int{10, 11}}); err != nil || out.String() != want {
			t.Errorf("%q: wrote %q, %v, want %q", text, out.String(), err, want)
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
		"no alignment":       {"id,lower,upper,size,alignment\na,0,3,4,0\n", `line 2, column "alignment": 0 is no alignment`},
		"alignment":          {"id,lower,upper,size,alignment\na,0,3,4,x\n", `line 2, column "alignment": "x"`},
		"hint":               {"id,lower,upper,size,hint\na,0,3,4,x\n", `line 2, column "hint": "x"`},
		"misaligned offset":  {"id,lower,upper,size,alignment,offset\na,0,3,4,4,6\n", `line 2, column "offset": 6 is not a multiple`},
		"offset too high":    {"id,lower,upper,size,offset\na,0,3,4,9223372036854775805\n", `line 2, column "offset"`},
		"offsets overlap":    {"id,lower,upper,size,offset\na,0,3,4,1\nb,0,3,4,\nc,2,3,4,4\n", `line 4, column "offset": buffer "c" and buffer "a" of line 2 overlap: bytes`},
		"gap without end":    {"id,lower,upper,size,gaps\na,0,9,4,3\n", `line 2, column "gaps": gap "3": "3" lacks a "-"`},
		"gap backwards":      {"id,lower,upper,size,gaps\na,0,9,4,5-3\n", `line 2, column "gaps": gap "5-3" is empty`},
		"gap of words":       {"id,lower,upper,size,gaps\na,0,9,4,x-y\n", `"x" is not an integer: want lower-upper`},
		"gap with half":      {"id,lower,upper,size,gaps\na,0,9,4,3-5@1\n", `"1" lacks a ":"`},
		"gap without bytes":  {"id,lower,upper,size,gaps\na,0,9,4,3-5@\n", `lacks a ":"`},
		"gap beyond size":    {"id,lower,upper,size,gaps\na,0,9,4,3-5@1:5\n", `not within the size 4`},
		"gaps overlap":       {"id,lower,upper,size,gaps\na,0,9,4,3-5 4-6\n", `gaps [3, 5) and [4, 6) overlap`},
		"too much at once":   {"id,lower,upper,size\na,0,9,9000000000000000000\nb,3,9,9000000000000000000\n", `line 3: buffer "b": the sum of the sizes that live at 3 overflows`},
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
		"id,lower,upper,size,alignment,gaps,offset\na,0,9,4,4,3-5,8\nb,3,5,4,2,4-5@1:2,\n",
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
		buffers := Buffers(named)
		p, err := Solve(t.Context(), buffers, Options{Nodes: 100})
		if err != nil {
			return // no plan that an int can count
		}
		if err := Check(buffers, p, 1); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		var out strings.Builder
		if err := WriteCSV(&out, named, p); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again, err := ReadCSV(strings.NewReader(out.String()))
		if err != nil || len(again) != len(named) {
			t.Fatalf("%q: the solution %q has %d buffers, %v", text, out.String(), len(again), err)
		}
		for i, b := range again {
			if b.Fixed == nil || *b.Fixed != p.Offsets[i] {
				t.Fatalf("%q: the solution %q lacks an offset", text, out.String())
			}
		}
	})
}
