package path

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// fromLinearByList is the definition: a list that shrinks.
func fromLinearByList(n int, pairs [][2]int) []Pair {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(i)
	}
	var ssa []Pair
	for i, p := range pairs {
		ssa = append(ssa, Pair{list[p[0]], list[p[1]]})
		list = slices.Delete(list, max(p[0], p[1]), max(p[0], p[1])+1)
		list = slices.Delete(list, min(p[0], p[1]), min(p[0], p[1])+1)
		list = append(list, int32(n+i))
	}
	return ssa
}

// drawLinear draws a valid linear path over n tensors.
func drawLinear(r *rapid.T, n int) [][2]int {
	pairs := make([][2]int, 0, n-1)
	for left := n; left > 1; left-- {
		i := rapid.IntRange(0, left-1).Draw(r, "i")
		j := rapid.IntRange(0, left-2).Draw(r, "j")
		if j >= i {
			j++
		}
		pairs = append(pairs, [2]int{i, j})
	}
	return pairs
}

func TestFromLinearDoesWhatTheShrinkingListDoes(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(r, "tensors")
		pairs := drawLinear(r, n)
		got, err := FromLinear(n, pairs)
		if err != nil {
			r.Fatal(err)
		}
		if want := fromLinearByList(n, pairs); !slices.Equal(got, want) {
			r.Errorf("%d tensors, path %v: got %v, want %v", n, pairs, got, want)
		}
		if back := ToLinear(n, got); !slices.Equal(back, pairs) {
			r.Errorf("%d tensors: path %v came back as %v", n, pairs, back)
		}
	})
}

func TestFromLinearRefusesWhatIsNoPath(t *testing.T) {
	for _, c := range []struct {
		n     int
		pairs [][2]int
		want  string
	}{
		{0, nil, "path has 0 pairs: 0 tensors need 0"},
		{3, [][2]int{{0, 1}}, "path has 1 pairs: 3 tensors need 2"},
		{2, [][2]int{{0, 1}, {0, 1}}, "path has 2 pairs: 2 tensors need 1"},
		{2, [][2]int{{1, 1}}, "path[0]: positions 1 and 1 must differ and lie in 0..1"},
		{2, [][2]int{{0, 2}}, "path[0]: positions 0 and 2 must differ and lie in 0..1"},
		{3, [][2]int{{0, 1}, {-1, 0}}, "path[1]: positions -1 and 0 must differ and lie in 0..1"},
	} {
		if _, err := FromLinear(c.n, c.pairs); err == nil || err.Error() != c.want {
			t.Errorf("FromLinear(%d, %v): got error %v, want %q", c.n, c.pairs, err, c.want)
		}
	}
}

// FuzzFromLinear reads any bytes as a path: it is refused or equal to what the
// shrinking list gives.
func FuzzFromLinear(f *testing.F) {
	f.Add(3, []byte{0, 1, 0, 1})
	f.Add(1, []byte{})
	f.Add(4, []byte{3, 0, 255, 1, 0, 1})
	f.Fuzz(func(t *testing.T, n int, text []byte) {
		if n > 1<<16 {
			n = 1 << 16
		}
		var pairs [][2]int
		for i := 0; i+1 < len(text); i += 2 {
			pairs = append(pairs, [2]int{int(int8(text[i])), int(int8(text[i+1]))})
		}
		got, err := FromLinear(n, pairs)
		if err != nil {
			return
		}
		if want := fromLinearByList(n, pairs); !slices.Equal(got, want) {
			t.Errorf("%d tensors, path %v: got %v, want %v", n, pairs, got, want)
		}
		if back := ToLinear(n, got); !slices.Equal(back, pairs) {
			t.Errorf("%d tensors: path %v came back as %v", n, pairs, back)
		}
	})
}
