package instance

import (
	"bytes"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tnbench/internal/dtype"

	"tnbench/internal/printable"
)

var update = flag.Bool("update", false, "write the golden files anew")

// randomInstance draws a small sound instance: hyperedges, diagonals, scalars,
// dimension 1, lone tensors and all dtypes included.
func randomInstance(t *rapid.T) *Instance {
	in := &Instance{
		Name:  rapid.StringMatching(`[ -~à-ÿΑ-Ω<>&"\\]{1,12}`).Draw(t, "name"),
		DType: rapid.SampledFrom(dtype.All[:]).Draw(t, "dtype"),
	}
	known := map[rune]Label{}
	label := rapid.Custom(func(t *rapid.T) rune {
		return rapid.OneOf(rapid.RuneFrom([]rune("abcdef0𝔸\u03a2\ufffd")), rapid.Rune().Filter(IsLabel)).Draw(t, "label")
	})
	for range rapid.IntRange(1, 6).Draw(t, "tensors") {
		labels := []Label{}
		for _, r := range rapid.SliceOfN(label, 0, 4).Draw(t, "labels") {
			if _, ok := known[r]; !ok {
				known[r] = Label(len(in.Names))
				in.Names = append(in.Names, r)
				in.Dims = append(in.Dims, rapid.IntRange(1, 4).Draw(t, "dim"))
			}
			labels = append(labels, known[r])
		}
		in.Inputs = append(in.Inputs, labels)
	}
	for _, l := range rapid.Permutation(sequence(len(in.Dims))).Draw(t, "order") {
		if len(in.Output) < 5 && rapid.Bool().Draw(t, "kept") {
			in.Output = append(in.Output, Label(l))
		}
	}
	for _, name := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z_]{1,9}`), 1, 3, rapid.ID[string]).Draw(t, "paths") {
		in.Paths = append(in.Paths, randomPath(t, name, len(in.Inputs)))
	}
	return in
}

func randomPath(t *rapid.T, name string, tensors int) Path {
	cost := rapid.OneOf(rapid.Just(math.NaN()), rapid.Float64Range(0, 300))
	p := Path{Name: name, Log2Size: cost.Draw(t, "log2_size"), Log10Flops: cost.Draw(t, "log10_flops")}
	for left := tensors; left > 1; left-- {
		pair := rapid.Permutation(sequence(left)).Draw(t, "pair")
		p.Pairs = append(p.Pairs, [2]int{pair[0], pair[1]})
	}
	return p
}

func sequence(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := randomInstance(t)
		var text, again bytes.Buffer
		if err := want.Write(&text); err != nil {
			t.Fatal(err)
		}
		got, err := Parse("x.json", text.Bytes())
		if err != nil {
			t.Fatalf("%v\n%s", err, &text)
		}
		if diff := difference(got, want); diff != "" {
			t.Fatalf("%s\n%s", diff, &text)
		}
		if len(got.Warnings) > 0 {
			t.Fatalf("warnings %v, want none\n%s", got.Warnings, &text)
		}
		if err := got.Write(&again); err != nil || !bytes.Equal(again.Bytes(), text.Bytes()) {
			t.Fatalf("written again (error %v):\n%s\nfirst:\n%s", err, &again, &text)
		}
	})
}

func TestWriteIsReadable(t *testing.T) {
	in := &Instance{Name: "ring <40>", DType: dtype.Complex64, Output: []Label{3}}
	var err error
	if in.Names, err = Symbols(60); err != nil {
		t.Fatal(err)
	}
	for l := range in.Names {
		in.Dims = append(in.Dims, 2+l%11)
		in.Inputs = append(in.Inputs, []Label{Label(l), Label((l + 1) % len(in.Names))})
	}
	chain := Path{Name: "in_order", Log2Size: 7, Log10Flops: math.NaN()}
	for left := len(in.Inputs); left > 1; left-- {
		chain.Pairs = append(chain.Pairs, [2]int{0, left - 1})
	}
	in.Paths = []Path{chain, {Name: "costed", Pairs: chain.Pairs, Log2Size: 7.25, Log10Flops: 4.125}}
	var got bytes.Buffer
	if err := in.Write(&got); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "ring.json")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("got\n%s\nwant (-update writes it anew)\n%s", &got, want)
	}
}

func TestNamesAreWrittenWithoutLossAndWithoutHiddenCharacters(t *testing.T) {
	in, err := Parse("chain.json", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	in.Name, in.Paths[0].Name = "a\x1b[31m\u202e\u200b\x7f\u009b<&\n", "\u2066\U000e0041"
	var b bytes.Buffer
	if err := in.Write(&b); err != nil {
		t.Fatal(err)
	}
	if printable.Lines(b.String()) != b.String() {
		t.Errorf("hidden characters in %+q", b.String())
	}
	if back, err := Parse("chain.json", b.Bytes()); err != nil || back.Name != in.Name || back.Paths[0].Name != in.Paths[0].Name {
		t.Errorf("read back %+v, %v", back, err)
	}
}

func TestWriteRefusesWhatCannotBeReadBack(t *testing.T) {
	sound := func() *Instance {
		in, err := Parse("chain.json", []byte(good))
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	for _, c := range []struct {
		spoil func(*Instance)
		want  string
	}{
		{func(in *Instance) { in.Name = "" }, "chain.json: name: empty name"},
		{func(in *Instance) { in.Source, in.Name = "", "a\xff" }, "a\xff: name: name \"a\\xff\" is not UTF-8; choose a name in UTF-8"},
		{func(in *Instance) { in.Names[1] = 'a' }, `chain.json: format_string: two labels are called "a"; give each label a name of its own`},
		{func(in *Instance) { in.Names[1] = '-' }, `chain.json: format_string: label number 1 has the character '-' (U+002D), which is no label; labels are letters or digits`},
		{func(in *Instance) { in.Names[1] = -1 }, `chain.json: format_string: label number 1 has the character '�' (U+FFFFFFFFFFFFFFFF), which is no label; labels are letters or digits`},
		{func(in *Instance) { in.Names = in.Names[:3] }, "chain.json: format_string: 3 label names for 4 dimensions"},
		{func(in *Instance) { in.Paths[1].Name = "opt_size" }, `chain.json: paths: two paths are called "opt_size"`},
		{func(in *Instance) { in.Paths[1].Name = "\xff" }, `chain.json: paths: name "\xff" is not UTF-8; choose a name in UTF-8`},
		{func(in *Instance) { in.Paths = nil }, "chain.json: paths: no path; give at least one, such as opt_flops"},
		{func(in *Instance) { in.Paths[0].Pairs[1] = [2]int{1, 1} }, "chain.json: paths.opt_size.path[1]: step 1 has position 1 twice; a step contracts two different tensors"},
		{func(in *Instance) { in.DType = 0 }, "chain.json: dtype: unsupported dtype dtype(0)"},
		{func(in *Instance) { in.Inputs = nil }, "chain.json: shapes: empty network; a network has at least one tensor"},
		{func(in *Instance) { in.Dims[2] = 0 }, `chain.json: shapes: label "c" has dimension 0; dimensions are at least 1`},
		{func(in *Instance) { in.Inputs[2][0] = 4 }, "chain.json: format_string: tensor 2 has label number 4 of 4 labels"},
		{func(in *Instance) { in.Output[0] = -1 }, "chain.json: format_string: the output has label number -1 of 4 labels"},
		{func(in *Instance) { in.Output[0] = 3 }, `chain.json: format_string: output label "d" is repeated in "dd"; each label of the output appears once`},
		{func(in *Instance) { in.Inputs[0][0] = 1 }, `chain.json: format_string: output label "a" is in no tensor`},
	} {
		in := sound()
		c.spoil(in)
		var b bytes.Buffer
		if err := in.Write(&b); err == nil || err.Error() != c.want || b.Len() > 0 {
			t.Errorf("\n got %v and %d bytes\nwant %s", err, b.Len(), c.want)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestWriteReportsTheWritersError(t *testing.T) {
	in, err := Parse("chain.json", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	if err := in.Write(failing{full}); !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
}

func TestSymbolsAreDistinctLetters(t *testing.T) {
	symbols, err := Symbols(50_000)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[rune]bool{}
	for i, r := range symbols {
		if seen[r] || !IsLabel(r) {
			t.Fatalf("symbol %d is %q (%U): repeated %v, label %v", i, r, r, seen[r], IsLabel(r))
		}
		seen[r] = true
	}
	if got := string(symbols[:3]) + string(symbols[25:28]) + string(symbols[50:56]); got != "abczABYZÀÁÂÃ" {
		t.Errorf("symbols begin %q", got)
	}
	if _, err := Symbols(1 << 21); err == nil || !strings.Contains(err.Error(), "letters of Unicode") {
		t.Errorf("2^21 symbols: error %v, want one that counts the letters there are", err)
	}
}
