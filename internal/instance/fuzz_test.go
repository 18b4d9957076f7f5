package instance

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// FuzzParse claims that no file makes Parse panic, that every error is an
// *Error with the file's name, and that what Parse takes is sound: it passes
// Check, and is the same after it was written and read again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(strings.Replace(good, `"dtype"`, `"format_string_rowmajor": "ab,bc,cd->ad",
		"format_string_colmajor": "ba,cb,dc->da", "shapes_colmajor": [[3, 2], [4, 3], [5, 4]], "dtype"`, 1)))
	f.Add([]byte(`{"name":"n","format_string":"aba->ba","shapes":[[2,3,2]],"dtype":"complex64","num_tensors":1,"paths":{"p":{"path":[[0]]}}}`))
	f.Add([]byte(`{"name":"n","format_string":",->","shapes":[[],[]],"dtype":"float32","num_tensors":2,"paths":{"p":{"path":[[1,0]]}}}`))
	f.Add([]byte(`{"name":"n","format_string":"\ud835\udd38b->","shapes":[[2147483648,9223372036854775807]],"dtype":"float32","num_tensors":1,"paths":{"p":{"path":[]}}}`))
	f.Fuzz(checkParse)
}

// FuzzFields claims the same as FuzzParse of files whose JSON is mostly well
// formed, which changes of single bytes rarely are.
func FuzzFields(f *testing.F) {
	f.Add("ab,bc,cd->ad", "[[2, 3], [3, 4], [4, 5]]", 3, "[[1, 2], [0, 1]]", "ba,cb,dc->da", "[[3, 2], [4, 3], [5, 4]]")
	f.Add("aab,b->", "[[2, 2, 1], [1]]", 2, "[[1, 0]]", "ba,b->", "[]")
	f.Add(",->", "[[], []]", 2, "[[0, 1]]", "", "[[], []]")
	f.Add(" \U0001D538 -> \U0001D538", "[[9223372036854775807]]", 1, "[[0]]", "x", "7")
	f.Fuzz(func(t *testing.T, format, shapes string, tensors int, path, twin, twinShapes string) {
		text := fmt.Sprintf(`{"name": "n", "format_string": %s, "shapes": %s, "dtype": "float32", "num_tensors": %d,
			"paths": {"p": {"path": %s, "log2_size": 1}}, "format_string_colmajor": %s, "shapes_colmajor": %s}`,
			quote(format), shapes, tensors, path, quote(twin), twinShapes)
		checkParse(t, []byte(text))
	})
}

func checkParse(t *testing.T, data []byte) {
	before := bytes.Clone(data)
	in, err := Parse("fuzz.json", data)
	if !bytes.Equal(data, before) {
		t.Fatalf("the text was changed to %q", data)
	}
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.File != "fuzz.json" || e.Problem == "" {
			t.Fatalf("error %#v, want an *Error with file and problem", err)
		}
		return
	}
	if err := in.Check(); err != nil {
		t.Fatalf("parsed, but: %v", err)
	}
	if n, ok := in.InputBytes(); ok && n < 1<<16 {
		if _, err := in.Data(Balanced, 1); err != nil {
			t.Fatalf("%d bytes of inputs: %v", n, err)
		}
	}
	var text bytes.Buffer
	if err := in.Write(&text); err != nil {
		t.Fatalf("parsed, but not written: %v", err)
	}
	again, err := Parse("fuzz.json", text.Bytes())
	if err != nil {
		t.Fatalf("written, but not read: %v\n%s", err, &text)
	}
	if diff := difference(again, in); diff != "" || len(again.Warnings) > 0 {
		t.Fatalf("written and read: %s, warnings %v\n%s", diff, again.Warnings, &text)
	}
}
