package generate

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tnbench/internal/dtype"
	"tnbench/internal/instance"
)

// mustGenerate makes an instance with a plain greedy path.
func mustGenerate(t *testing.T, kind string, p Params, seed uint64) *instance.Instance {
	t.Helper()
	in, err := Generate(context.Background(), Recipe{Kind: kind, Params: p, Seed: seed, Trials: 1})
	if err != nil {
		t.Fatalf("%s %v: %v", kind, p, err)
	}
	return in
}

// encode returns the file of an instance.
func encode(t *testing.T, in *instance.Instance) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := in.Write(&b); err != nil {
		t.Fatalf("%s: %v", in.Name, err)
	}
	return b.Bytes()
}

func TestEveryKindMakesFilesThatLoadWithoutWarnings(t *testing.T) {
	for _, k := range Kinds {
		for _, dt := range dtype.All {
			r := Recipe{Name: "made", Kind: k.Name, DType: dt, Seed: 3, Trials: 2, Refine: 1}
			in, err := Generate(context.Background(), r)
			if err != nil {
				t.Fatalf("%s: %v", k.Name, err)
			}
			back, err := instance.Parse("made.json", encode(t, in))
			if err != nil {
				t.Fatalf("%s: %v", k.Name, err)
			}
			if len(back.Warnings) > 0 || back.DType != dt || back.Name != "made" {
				t.Errorf("%s: read back as %q, %v, with warnings %v", k.Name, back.Name, back.DType, back.Warnings)
			}
		}
	}
}

func TestSameSeedSameFileOtherSeedOtherNetwork(t *testing.T) {
	for _, c := range []struct {
		kind string
		p    Params
	}{{"cubic", Params{"vertices": 30}}, {"chain", nil}, {"mps", nil}} {
		a, b := mustGenerate(t, c.kind, c.p, 1), mustGenerate(t, c.kind, c.p, 1)
		if !bytes.Equal(encode(t, a), encode(t, b)) {
			t.Errorf("%s %v: seed 1 makes two different files", c.kind, c.p)
		}
		other := mustGenerate(t, c.kind, c.p, 2)
		if fmt.Sprint(a.Inputs, a.Dims) == fmt.Sprint(other.Inputs, other.Dims) {
			t.Errorf("%s %v: seeds 1 and 2 make the same network", c.kind, c.p)
		}
	}
}

func TestGenerateNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		r    Recipe
		want []string
	}{
		{Recipe{Kind: "torus"}, []string{`"torus"`, "chain, cubic, grid, mps"}},
		{Recipe{Kind: "chain", Params: Params{"length": 3}}, []string{"chain", `"length"`, "matrices, min, max, multiple"}},
		{Recipe{Kind: "chain", Params: Params{"matrices": 0}}, []string{"matrices=0", "1..10000"}},
		{Recipe{Kind: "chain", Params: Params{"min": 9, "max": 8}}, []string{"min=9..max=8"}},
		{Recipe{Kind: "chain", Params: Params{"min": 9, "max": 15, "multiple": 8}}, []string{"multiple of 8", "min=9..max=15"}},
		{Recipe{Kind: "mps", Params: Params{"min": 9, "max": 8}}, []string{"min=9..max=8"}},
		{Recipe{Kind: "cubic", Params: Params{"vertices": 7}}, []string{"vertices=7", "even"}},
		{Recipe{Kind: "cubic", Params: Params{"vertices": 10, "tensors": 26}}, []string{"tensors=26", "25"}},
		{Recipe{Kind: "grid", Params: Params{"rows": 1000, "columns": 1000}}, []string{"rows=1000", "1000000 sites"}},
		{Recipe{Kind: "grid", Params: Params{"rows": 1, "columns": 1, "fields": 0}}, []string{"no tensor"}},
		{Recipe{Kind: "chain", Trials: -1}, []string{"-1 trials"}},
	} {
		_, err := Generate(context.Background(), c.r)
		if err == nil {
			t.Errorf("%+v gives no error", c.r)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: error %q, want it to have %q", c.r, err, want)
			}
		}
	}
}

func TestParseParams(t *testing.T) {
	p, err := ParseParams([]string{"rows=3", "columns=-1"})
	if err != nil || len(p) != 2 || p["rows"] != 3 || p["columns"] != -1 {
		t.Errorf("rows=3 columns=-1 is read as %v, %v", p, err)
	}
	for _, args := range [][]string{{"rows"}, {"=3"}, {"rows=x"}, {"rows=1.5"}, {"rows="}, {"rows=1", "rows=1"}} {
		if p, err := ParseParams(args); err == nil {
			t.Errorf("%q is read as %v: want an error", args, p)
		}
	}
}

func TestKindsAreSortedAndDefaultsInRange(t *testing.T) {
	if !slices.IsSortedFunc(Kinds, func(a, b Kind) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("kinds are not in order: %s", namesOf(Kinds, func(k Kind) string { return k.Name }))
	}
	for _, k := range Kinds {
		if k.Doc == "" {
			t.Errorf("%s has no documentation", k.Name)
		}
		for _, p := range k.Params {
			if p.Default < p.Min || p.Default > p.Max || p.Doc == "" {
				t.Errorf("%s: %+v: default out of range, or no documentation", k.Name, p)
			}
		}
	}
}

func TestRecipeArgsHoldEverything(t *testing.T) {
	r := Recipe{Name: "x", Kind: "grid", Params: Params{"rows": 3, "columns": 4}, DType: dtype.Complex64, Seed: 5, Trials: 6, Refine: 7}
	want := "generate grid columns=4 rows=3 --dtype complex64 --name x --seed 5 --trials 6 --refine 7"
	if got := strings.Join(r.Args(), " "); got != want {
		t.Errorf("arguments %q, want %q", got, want)
	}
}

func TestRandomCubicIsSimpleConnectedAndRegular(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		vertices := 4 + 2*rng.IntN(60)
		g := randomCubic(vertices, rng)
		if len(g) != vertices || !g.connected() {
			t.Fatalf("%d vertices: graph %v has not as many or is not connected", vertices, g)
		}
		for v, neighbours := range g {
			for i, w := range neighbours {
				if w == v || slices.Contains(neighbours[:i], w) || !slices.Contains(g[w][:], v) {
					t.Fatalf("graph %v: vertex %d has a loop, a double edge or a one-way edge", g, v)
				}
			}
		}
	}
}

// A cut has the number of tensors asked for, hangs together, and is a part of
// the graph: a vertex is in at most three matrices and one vector.
func TestCubicCutsAreConnectedPartsOfTheSizeAsked(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	for range 300 {
		vertices := 4 + 2*rng.IntN(30)
		tensors := 1 + rng.IntN(vertices/2*5)
		in := mustGenerate(t, "cubic", Params{"vertices": vertices, "tensors": tensors}, rng.Uint64())
		matrices, vectors := make([]int, len(in.Dims)), make([]int, len(in.Dims))
		part := make([]int, len(in.Dims)) // union-find over labels
		for l := range part {
			part[l] = l
		}
		root := func(l instance.Label) int {
			i := int(l)
			for part[i] != i {
				i = part[i]
			}
			return i
		}
		for _, labels := range in.Inputs {
			if len(labels) == 1 {
				vectors[labels[0]]++
				continue
			}
			matrices[labels[0]]++
			matrices[labels[1]]++
			part[root(labels[0])] = root(labels[1])
		}
		parts := 0
		for l := range part {
			if part[l] == l {
				parts++
			}
			if matrices[l] > 3 || vectors[l] > 1 || vectors[l] == 1 && matrices[l] != 3 {
				t.Fatalf("vertices=%d tensors=%d: label %d is in %d matrices and %d vectors", vertices, tensors, l, matrices[l], vectors[l])
			}
		}
		if len(in.Inputs) != tensors || parts != 1 {
			t.Fatalf("vertices=%d tensors=%d: %d tensors in %d parts", vertices, tensors, len(in.Inputs), parts)
		}
	}
}

func TestGridHasTheLatticesEdges(t *testing.T) {
	for _, c := range []struct{ rows, columns, fields, diagonals, tensors int }{
		{1, 1, 1, 0, 1}, {1, 5, 0, 0, 4}, {5, 1, 1, 0, 9}, {3, 4, 1, 0, 29}, {3, 4, 0, 1, 29}, {2, 2, 0, 1, 6},
	} {
		in := mustGenerate(t, "grid", Params{"rows": c.rows, "columns": c.columns, "fields": c.fields, "diagonals": c.diagonals, "dim": 3}, 0)
		if len(in.Inputs) != c.tensors || len(in.Dims) != c.rows*c.columns {
			t.Errorf("%+v: %d tensors and %d labels", c, len(in.Inputs), len(in.Dims))
		}
	}
}

func TestChainIsAProduct(t *testing.T) {
	in := mustGenerate(t, "chain", Params{"matrices": 30, "min": 10, "max": 60, "multiple": 8}, 4)
	for i, labels := range in.Inputs {
		if want := instance.Label(i); len(labels) != 2 || labels[0] != want || labels[1] != want+1 {
			t.Fatalf("matrix %d has labels %v", i, labels)
		}
	}
	if !slices.Equal(in.Output, []instance.Label{0, 30}) {
		t.Errorf("output %v, want the ends", in.Output)
	}
	for _, d := range in.Dims {
		if d%8 != 0 || d < 16 || d > 56 {
			t.Errorf("dimensions %v: want multiples of 8 in 16..56", in.Dims)
			break
		}
	}
}

func TestMPSIsALadder(t *testing.T) {
	for _, batch := range []int{0, 7} {
		const sites = 6
		in := mustGenerate(t, "mps", Params{"sites": sites, "batch": batch, "physical": 3}, 4)
		uses := make([]int, len(in.Dims))
		for _, labels := range in.Inputs {
			for _, l := range labels {
				uses[l]++
			}
		}
		pairs := 0
		for l, n := range uses {
			switch {
			case n == 2:
				pairs++
			case batch == 0 || n != 2*sites || !slices.Equal(in.Output, []instance.Label{instance.Label(l)}):
				t.Errorf("batch=%d: label %d is in %d tensors", batch, l, n)
			}
		}
		if len(in.Inputs) != 2*sites || pairs != sites+2*(sites-1) {
			t.Errorf("batch=%d: %d tensors, %d labels in two of them", batch, len(in.Inputs), pairs)
		}
	}
}
