package instance

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"tnbench/internal/dtype"
)

// good is a sound file that the tables below spoil one place at a time.
const good = `{
  "name": "chain",
  "format_string": "ab,bc,cd->ad",
  "shapes": [[2, 3], [3, 4], [4, 5]],
  "dtype": "float64",
  "num_tensors": 3,
  "paths": {
    "opt_size": {"path": [[0, 1], [0, 1]], "log2_size": 3.3219, "log10_flops": 1.8},
    "opt_flops": {"path": [[1, 2], [0, 1]]}
  }
}`

func TestParseReadsAFile(t *testing.T) {
	in, err := Parse("chain.json", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if in.Name != "chain" || in.Source != "chain.json" || in.DType != dtype.Float64 {
		t.Errorf("name %q, source %q, dtype %v; want chain, chain.json, float64", in.Name, in.Source, in.DType)
	}
	if got := string(in.Names); got != "abcd" {
		t.Errorf("names %q, want abcd", got)
	}
	if want := []int{2, 3, 4, 5}; !slices.Equal(in.Dims, want) {
		t.Errorf("dims %v, want %v", in.Dims, want)
	}
	if got, want := fmt.Sprint(in.Inputs, in.Output), "[[0 1] [1 2] [2 3]] [0 3]"; got != want {
		t.Errorf("inputs and output %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(in.Paths), "[{opt_size [[0 1] [0 1]] 3.3219 1.8} {opt_flops [[1 2] [0 1]] NaN NaN}]"; got != want {
		t.Errorf("paths %s, want %s", got, want)
	}
	if len(in.Warnings) != 0 {
		t.Errorf("warnings %v, want none", in.Warnings)
	}
}

// with returns good with old replaced.
func with(t *testing.T, old, new string) string {
	t.Helper()
	if strings.Count(good, old) != 1 {
		t.Fatalf("%q is %d times in the sound file, want once", old, strings.Count(good, old))
	}
	return strings.Replace(good, old, new, 1)
}

func TestParseNamesEveryDefect(t *testing.T) {
	const (
		format = `"ab,bc,cd->ad"`
		shapes = `[[2, 3], [3, 4], [4, 5]]`
		path   = `[[1, 2], [0, 1]]`
		remedy = `; write the inputs, "->" and the output, as in "ab,bc->ac"`
	)
	for _, c := range []struct{ claim, old, new, want string }{
		{"number for a string", `"chain"`, `7`, `2:11: name: want a string, have a number; give the network a name`},
		{"missing name", `"name"`, `"nom"`, `: name: missing field; give the network a name`},
		{"empty name", `"chain"`, `""`, `: name: empty name`},

		{"missing dtype", `"dtype"`, `"d"`, `: dtype: missing field; give one of float32, float64, complex64, complex128`},
		{"unsupported dtype", `"float64"`, `"int8"`, `: dtype: unsupported dtype "int8": supported are float32, float64, complex64, complex128`},
		{"dtype of another type", `"float64"`, `null`, `5:12: dtype: want a string, have null; give one of float32, float64, complex64, complex128`},

		{"missing format", `"format_string"`, `"format"`, `: format_string: missing field; write the labels of each tensor as letters, as in "ab,bc->ac"`},
		{"format of another type", format, `["ab"]`, `3:20: format_string: want a string, have an array; write the labels of each tensor as letters, as in "ab,bc->ac"`},
		{"no arrow", format, `"ab,bc,cd"`, `: format_string: no "->" in "ab,bc,cd"` + remedy},
		{"two arrows", format, `"ab->bc,cd->ad"`, `: format_string: 2 times "->" in "ab->bc,cd->ad"` + remedy},
		{"two outputs", format, `"ab,bc,cd->a,d"`, `: format_string: more than one output "a,d"; write one output after "->"`},
		{"punctuation as label", format, `"ab,b+,cd->ad"`, `: format_string: tensor 1 has the character '+' (U+002B), which is no label; labels are letters or digits`},
		{"ellipsis", format, `"ab,bc,cd->...a"`, `: format_string: the output has the character '.' (U+002E), which is no label; ellipses are not supported: write every label`},
		{"half an arrow", format, `"ab-,bc,cd->ad"`, `: format_string: tensor 0 has the character '-' (U+002D), which is no label; labels are letters or digits`},
		{"half a surrogate pair", format, `"ab,b\ud800,cd->ad"`, `3:25: format_string: half of a surrogate pair \ud800`},
		{"half a surrogate pair before another escape", format, `"ab,b\ud800\u0041,cd->ad"`, `3:25: format_string: half of a surrogate pair \ud800`},
		{"output label of no tensor", format, `"ab,bc,cd->az"`, `: format_string: output label "z" is in no tensor`},
		{"repeated output label", format, `"ab,bc,cd->ada"`, `: format_string: output label "a" is repeated in "ada"; each label of the output appears once`},

		{"missing shapes", `"shapes"`, `"shape"`, `: shapes: missing field; give one shape per tensor, as in [[2, 3], [3, 4]]`},
		{"shapes of another type", shapes, `{"0": [2, 3]}`, `4:13: shapes: want an array of arrays, have an object; give one shape per tensor, as in [[2, 3], [3, 4]]`},
		{"shape of another type", shapes, `[[2, 3], 7, [4, 5]]`, `4:22: shapes[1]: want an array, have a number`},
		{"dimension of another type", shapes, `[[2, 3], [3, "4"], [4, 5]]`, `4:26: shapes[1]: want a whole number, have a string`},
		{"dimension with a fraction", shapes, `[[2, 3], [3, 4.5], [4, 5]]`, `4:26: shapes[1]: want a whole number, have 4.5`},
		{"dimension beyond 64 bits", shapes, `[[2, 3], [3, 9223372036854775808], [4, 5]]`, `4:26: shapes[1]: 9223372036854775808 overflows 64 bits`},
		{"negative dimension", shapes, `[[2, 3], [3, -4], [4, 5]]`, `: shapes[1]: tensor 1 "bc" has dimension -4 for label "c"; dimensions are at least 1`},
		{"dimension 0", shapes, `[[0, 3], [3, 4], [4, 5]]`, `: shapes[0]: tensor 0 "ab" has dimension 0 for label "a"; dimensions are at least 1`},
		{"rank mismatch", shapes, `[[2, 3], [3, 4, 1], [4, 5]]`, `: shapes[1]: tensor 1 has 2 labels "bc" but 3 dimensions; give one dimension per label`},
		{"rank mismatch of a scalar", shapes, `[[2, 3], [3, 4], []]`, `: shapes[2]: tensor 2 has 2 labels "cd" but 0 dimensions; give one dimension per label`},
		{"one label with two dimensions", shapes, `[[2, 3], [7, 4], [4, 5]]`, `: shapes[1]: label "b" has dimension 7 in tensor 1 "bc" but 3 in tensor 0 "ab"; a label has one dimension everywhere`},
		{"broadcasting", shapes, `[[2, 3], [1, 4], [4, 5]]`, `: shapes[1]: label "b" has dimension 1 in tensor 1 "bc" but 3 in tensor 0 "ab"; a label has one dimension everywhere`},
		{"fewer shapes than tensors", shapes, `[[2, 3], [3, 4]]`, `: shapes: 2 shapes for the 3 tensors of format_string; give one shape per tensor`},
		{"empty network", shapes, `[]`, `: shapes: empty network; a network has at least one tensor`},

		{"missing num_tensors", `"num_tensors"`, `"num"`, `: num_tensors: missing field; say how many tensors there are`},
		{"num_tensors of another type", `: 3,`, `: "3",`, `6:18: num_tensors: want a whole number, have a string; say how many tensors there are`},
		{"num_tensors mismatch", `: 3,`, `: 4,`, `: num_tensors: declares 4 tensors, but format_string and shapes have 3`},

		{"missing paths", `"paths"`, `"ways"`, `: paths: missing field; give one path at least, as in {"opt_flops": {"path": [[0, 1]]}}; opt_einsum.contract_path finds some`},
		{"paths of another type", `"paths": {`, `"paths": true, "rest": {`, `7:12: paths: want an object, have a boolean; give one path at least, as in {"opt_flops": {"path": [[0, 1]]}}; opt_einsum.contract_path finds some`},
		{"path of another type", `{"path": ` + path + `}`, path, `9:18: paths.opt_flops: want an object, have an array`},
		{"missing path", `{"path": ` + path + `}`, `{}`, `: paths.opt_flops.path: missing field; list the pairs of positions, as in [[0, 1]]`},
		{"path without a name", `"opt_flops"`, `""`, `: paths: empty name`},
		{"position of another type", path, `[[1, 2], [0, null]]`, `9:40: paths.opt_flops.path[1]: want a whole number, have null`},
		{"step of another type", path, `[[1, 2], 0]`, `9:36: paths.opt_flops.path[1]: want an array, have a number`},
		{"position out of range", path, `[[1, 2], [0, 2]]`, `: paths.opt_flops.path[1]: position 2 of step 1 is out of range: 2 tensors left, 0 to 1; positions count in the list that is left: see the linear path convention`},
		{"negative position", path, `[[1, -1], [0, 1]]`, `: paths.opt_flops.path[0]: position -1 of step 0 is out of range: 3 tensors left, 0 to 2; positions count in the list that is left: see the linear path convention`},
		{"position beyond 64 bits", path, `[[1, 99999999999999999999], [0, 1]]`, `9:32: paths.opt_flops.path[0]: 99999999999999999999 overflows 64 bits`},
		{"equal positions", path, `[[1, 1], [0, 1]]`, `: paths.opt_flops.path[0]: step 0 has position 1 twice; a step contracts two different tensors`},
		{"one position", path, `[[1], [0, 1]]`, `: paths.opt_flops.path[0]: step 0 has 1 position [1]; a step contracts exactly two tensors: leave this one out, as the step that uses the tensor sums it`},
		{"three positions", path, `[[0, 1, 2]]`, `: paths.opt_flops.path[0]: step 0 has 3 positions [0, 1, 2]; a step contracts exactly two tensors: divide it into pairs`},
		{"an SSA path", path, `[[1, 2], [0, 3]]`, `: paths.opt_flops.path[1]: position 3 of step 1 is out of range: 2 tensors left, 0 to 1; this looks like an SSA path: convert it with opt_einsum.paths.ssa_to_linear`},
		{"short path", path, `[[1, 2]]`, `: paths.opt_flops.path: too short: 1 step, but 3 tensors take 2`},
		{"long path", path, `[[1, 2], [0, 1], [0, 1]]`, `: paths.opt_flops.path: too long: 3 steps, but 3 tensors take 2`},
		{"cost of another type", `3.3219`, `"3.3"`, `8:57: paths.opt_size.log2_size: want a number, have a string`},
		{"cost beyond double precision", `3.3219`, `1e999`, `8:57: paths.opt_size.log2_size: 1e999 is beyond double precision`},
	} {
		_, err := Parse("chain.json", []byte(with(t, c.old, c.new)))
		want := "chain.json" + c.want
		if !strings.HasPrefix(c.want, ":") {
			want = "chain.json:" + c.want
		}
		if err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", c.claim, err, want)
		}
		if e := (*Error)(nil); err != nil && !errors.As(err, &e) {
			t.Errorf("%s: error of type %T, want *Error", c.claim, err)
		}
	}
}

func TestParseNamesDefectsOfWholeFiles(t *testing.T) {
	for _, c := range []struct{ claim, text, want string }{
		{"nothing", "", "x.json: the file is empty"},
		{"white space", " \n\t", "x.json: the file is empty"},
		{"not an object", "[1]", "x.json:1:1: want an object, have an array"},
		{"cut short", good[:40], "x.json:3:"},
		{"cut short", good[:40], "malformed JSON: unexpected end of JSON input"},
		{"text after the value", good + "\n{}", "x.json:12:1: malformed JSON: invalid character '{' after top-level value"},
		{"a comma too many", strings.Replace(good, "5]]", "5],]", 1), "x.json:4:37: malformed JSON: invalid character ']'"},
		{"NaN as Python writes it", strings.Replace(good, "3.3219", "NaN", 1), "x.json:8:57: malformed JSON: invalid character 'N'"},
		{"Latin-1", strings.Replace(good, "chain", "cha\xeene", 1), "x.json:2:15: byte 0xee is not UTF-8; save the file as UTF-8"},
		{"no path", good[:strings.Index(good, "\n    \"opt_size")] + "}}", "x.json: paths: no path; give at least one, such as opt_flops"},
		{"no path by name", `{"name": "n", "format_string": "a->a", "shapes": [[2]], "dtype": "float32", "num_tensors": 1, "paths": {}}`,
			"x.json: paths: no path; give at least one, such as opt_flops"},
	} {
		_, err := Parse("x.json", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n got %v\nwant %s", c.claim, err, c.want)
		}
	}
}

func TestParseTakesWhatIsHarmless(t *testing.T) {
	for _, c := range []struct{ claim, text string }{
		{"a byte order mark", "\ufeff" + good},
		{"unknown keys of every type", with(t, `"dtype"`, `"x": {"path": ["\"]}", -1e5, true, null, {}]}, "y": 7, "dtype"`)},
		{"duplicate keys, the last of which counts", with(t, `"name"`, `"dtype": 5, "name"`)},
		{"a duplicate path", with(t, `"opt_size"`, `"opt_size": {"path": [[0, 2], [0, 1]]}, "opt_size"`)},
		{"white space in the format", with(t, `"ab,bc,cd->ad"`, `" ab, bc,\tcd -> ad\n"`)},
		{"escapes", with(t, `"ab,bc,cd->ad"`, `"\u0061b,bc,cd-\u003Ead"`)},
		{"costs of null", with(t, `{"path": [[1, 2], [0, 1]]}`, `{"path": [[1, 2], [0, 1]], "log2_size": null, "log10_flops": null}`)},
		{"no white space", strings.NewReplacer(" ", "", "\n", "").Replace(good)},
	} {
		got, err := Parse("chain.json", []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.claim, err)
			continue
		}
		want, _ := Parse("chain.json", []byte(good))
		if diff := difference(got, want); diff != "" {
			t.Errorf("%s: %s", c.claim, diff)
		}
	}
}

func TestParseTakesALoneTensor(t *testing.T) {
	const text = `{"name": "n", "format_string": "%s", "shapes": [%s], "dtype": "float32", "num_tensors": 1, "paths": {"p": {"path": %s}}}`
	for _, c := range []struct{ format, shape, path, want string }{
		{"aba->ba", "[2, 3, 2]", "[]", ""},
		{"aba->ba", "[2, 3, 2]", "[[0]]", ""},
		{"->", "[]", "[]", ""},
		{"ab->", "[2, 3]", "[[1]]", "x.json: paths.p.path[0]: step 0 has 1 position [1]; the path of one tensor is [] or [[0]]"},
		{"ab->", "[2, 3]", "[[0, 0]]", "x.json: paths.p.path: too long: 1 step, but 1 tensor take 0"},
		{"aa->", "[2, 3]", "[]", `x.json: shapes[0]: label "a" has dimension 3 in tensor 0 "aa" but 2 in tensor 0 "aa"; a label has one dimension everywhere`},
	} {
		in, err := Parse("x.json", fmt.Appendf(nil, text, c.format, c.shape, c.path))
		if got := fmt.Sprint(err); c.want != "" && got != c.want || c.want == "" && err != nil {
			t.Errorf("%q with path %s: error %v, want %q", c.format, c.path, err, c.want)
		}
		if err == nil && (in.Paths[0].Pairs == nil || len(in.Paths[0].Pairs) != 0) {
			t.Errorf("%q with path %s: pairs %v, want none", c.format, c.path, in.Paths[0].Pairs)
		}
	}
}

func TestParseTakesEveryLabelThatExportersWrite(t *testing.T) {
	// Digits, ×, the unassigned U+03A2, an em space, the replacement character,
	// and one beyond the basic plane, plain and as a surrogate pair.
	for _, label := range []string{"3", "×", "\u03a2", "\u2003", "\ufffd", "𝔸", `\ud835\udd38`} {
		in, err := Parse("x.json", []byte(with(t, `"ab,bc,cd->ad"`, `"ab,b`+label+`,`+label+`d->ad"`)))
		if err != nil {
			t.Errorf("label %q: %v", label, err)
			continue
		}
		want := label
		if strings.HasPrefix(label, `\u`) {
			want = "𝔸"
		}
		if got := string(in.Names[2]); got != want {
			t.Errorf("label %q is read as %q", label, got)
		}
	}
}

func TestTwinsThatContradictAreWarnings(t *testing.T) {
	const format, shapes = `"format_string_colmajor": `, `"shapes_colmajor": `
	for _, c := range []struct{ claim, add, want string }{
		{"all reversed", format + `"ba,cb,dc->da", ` + shapes + `[[3, 2], [4, 3], [5, 4]]`, ""},
		{"all as it is", format + `"ab,bc,cd->ad", ` + shapes + `[[2, 3], [3, 4], [4, 5]]`, ""},
		{"the row-major twin", `"format_string_rowmajor": "ab,bc,cd->ad"`, ""},
		{"the row-major twin with another output", `"format_string_rowmajor": "ab,bc,cd->da"`, `format_string_rowmajor writes the output as "da", not "ad"`},
		{"a row-major twin that is no format", `"format_string_rowmajor": "ab"`, `format_string_rowmajor: no "->" in "ab"`},
		{"a row-major twin that is no string", `"format_string_rowmajor": []`, `format_string_rowmajor: want a string, have an array`},
		{"one tensor not reversed", format + `"ba,bc,dc->da"`, `format_string_colmajor writes tensor 1 as "bc", not "cb"`},
		{"a tensor less", format + `"ba,cb->ca"`, `format_string_colmajor has 2 tensors, format_string 3`},
		{"another shape", shapes + `[[3, 2], [4, 3], [5, 5]]`, `shapes_colmajor gives tensor 2 the shape [5, 5], not [5, 4]`},
		{"shapes not reversed", format + `"ba,cb,dc->da", ` + shapes + `[[2, 3], [3, 4], [4, 5]]`, `shapes_colmajor gives tensor 0 the shape [2, 3], not [3, 2]`},
		{"a shape less", shapes + `[[3, 2], [4, 3]]`, `shapes_colmajor has 2 shapes, shapes 3`},
		{"shapes that are none", shapes + `[3]`, `shapes_colmajor[0]: want an array, have a number`},
	} {
		in, err := Parse("x.json", []byte(with(t, `"dtype"`, c.add+`, "dtype"`)))
		if err != nil {
			t.Errorf("%s: %v, want at most a warning", c.claim, err)
			continue
		}
		got := ""
		for _, w := range in.Warnings {
			got += w.Message
			if w.Code == "" || w.Remedy == "" {
				t.Errorf("%s: warning %+v lacks a code or a remedy", c.claim, w)
			}
		}
		if got != c.want {
			t.Errorf("%s:\n got warning %q\nwant %q", c.claim, got, c.want)
		}
	}
}

// difference describes how instances differ in anything but Source and
// Warnings; "" if they don't.
func difference(got, want *Instance) string {
	sameCost := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
	switch {
	case got.Name != want.Name || got.DType != want.DType:
		return fmt.Sprintf("%s of %v, want %s of %v", got.Name, got.DType, want.Name, want.DType)
	case string(got.Names) != string(want.Names):
		return fmt.Sprintf("names %q, want %q", string(got.Names), string(want.Names))
	case !slices.Equal(got.Dims, want.Dims):
		return fmt.Sprintf("dims %v, want %v", got.Dims, want.Dims)
	case !slices.EqualFunc(got.Inputs, want.Inputs, slices.Equal) || !slices.Equal(got.Output, want.Output):
		return fmt.Sprintf("network %v->%v, want %v->%v", got.Inputs, got.Output, want.Inputs, want.Output)
	case !slices.EqualFunc(got.Paths, want.Paths, func(a, b Path) bool {
		return a.Name == b.Name && slices.Equal(a.Pairs, b.Pairs) &&
			sameCost(a.Log2Size, b.Log2Size) && sameCost(a.Log10Flops, b.Log10Flops)
	}):
		return fmt.Sprintf("paths %v, want %v", got.Paths, want.Paths)
	}
	return ""
}

// large returns a file of n tensors of two labels each, of at most 350,000
// labels.
func large(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"name": "large", "dtype": "float64", "format_string": "`)
	label := func(i int) rune {
		r := rune(0xc0 + i%min(n, 350_000))
		if r >= 0xd800 {
			r += 0x800
		}
		return r
	}
	for t := range n {
		if t > 0 {
			b.WriteByte(',')
		}
		b.WriteRune(label(t))
		b.WriteRune(label(t + 1))
	}
	fmt.Fprintf(&b, `->", "num_tensors": %d, "shapes": [[2, 2]%s], "paths": {`, n, strings.Repeat(", [2, 2]", n-1))
	for i, name := range []string{"opt_size", "opt_flops"} {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `"%s": {"log2_size": 2, "path": [[0, 1]`, name)
		for s := 1; s < n-1; s++ {
			fmt.Fprintf(&b, ", [%d, %d]", s%2, n-1-s)
		}
		b.WriteString("]}")
	}
	b.WriteString("}}")
	return b.Bytes()
}

func TestParseTakesAHundredThousandTensors(t *testing.T) {
	const n = 100_000
	in, err := Parse("large.json", large(n))
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Inputs) != n || len(in.Names) != n || len(in.Paths[1].Pairs) != n-1 {
		t.Errorf("%d tensors, %d labels, %d steps; want %d, %[4]d, %d", len(in.Inputs), len(in.Names), len(in.Paths[1].Pairs), n, n-1)
	}
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprintf("tensors=%d", n), func(b *testing.B) {
			data := large(n)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse("large.json", data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
