package instance

import (
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestElementsIsTheProductOrAnOverflow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := &Instance{Dims: rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, 9), rapid.IntRange(1, 1<<62)), 1, 5).Draw(t, "dims")}
		labels := rapid.SliceOfN(rapid.IntRange(0, len(in.Dims)-1), 0, 8).Draw(t, "labels")
		axes := make([]Label, len(labels))
		want := big.NewInt(1)
		for i, l := range labels {
			axes[i] = Label(l)
			want.Mul(want, big.NewInt(int64(in.Dims[l])))
		}
		got, ok := in.Elements(axes)
		fits := want.Cmp(big.NewInt(1<<62)) <= 0
		if ok != fits || ok && int64(got) != want.Int64() {
			t.Fatalf("dims %v, labels %v: %d, %v; want %v, %v", in.Dims, labels, got, ok, want, fits)
		}
	})
}

func TestPathSaysWhichThereAre(t *testing.T) {
	in, err := Parse("chain.json", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if p, err := in.Path("opt_flops"); err != nil || fmt.Sprint(p.Pairs) != "[[1 2] [0 1]]" {
		t.Errorf("opt_flops: %v, %v", p, err)
	}
	const want = `chain.json: paths: unknown path "best": there are opt_size, opt_flops; choose with --path`
	if _, err := in.Path("best"); err == nil || err.Error() != want {
		t.Errorf("best: error %v, want %s", err, want)
	}
}

func TestShapeKeepsTheOrderOfAxes(t *testing.T) {
	in := &Instance{Dims: []int{2, 3, 5}}
	if got := in.Shape([]Label{2, 0, 2, 1}); fmt.Sprint(got) != "[5 2 5 3]" {
		t.Errorf("shape %v, want [5 2 5 3]", got)
	}
}

func TestMessagesQuoteLongThingsInShort(t *testing.T) {
	long := make([]int, 20)
	if got, want := shortList(long), "[0, 0, 0, 0, 0, 0, 0, 0, …]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	text := ""
	for range 41 {
		text += "é"
	}
	if got, want := shorten(text), text[:80]+"…"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := shorten(text[:80]); got != text[:80] {
		t.Errorf("%s, want all of it", got)
	}
}
