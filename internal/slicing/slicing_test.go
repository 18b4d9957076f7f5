package slicing

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/region"
)

// parse returns a network along its path.
func parse(t *testing.T, text string) *path.Tree {
	t.Helper()
	in, err := instance.Parse("test", []byte(`{"name": "n", "dtype": "float64", `+text+`}`))
	if err != nil {
		t.Fatal(err)
	}
	return along(t, in)
}

func along(t *testing.T, in *instance.Instance) *path.Tree {
	t.Helper()
	ssa, err := path.FromLinear(len(in.Inputs), in.Paths[0].Pairs)
	if err != nil {
		t.Fatal(err)
	}
	return path.Analyze(in, ssa)
}

// Steps: 0 makes ac, 1 makes ce, 2 makes ae (drops c), 3 makes ag (drops e).
const branches = `"format_string": "ab,bc,cd,de,eg->ag", "shapes": [[4,2],[2,6],[6,3],[3,8],[8,5]], "num_tensors": 5,
	"paths": {"p": {"path": [[0,1],[0,1],[1,2],[0,1]]}}`

// TestTheLoopEndsWhereTheLastLabelIsDropped claims which steps run once per slice, and
// what that costs.
func TestTheLoopEndsWhereTheLastLabelIsDropped(t *testing.T) {
	tree := parse(t, branches)
	flops := []float64{2 * 4 * 2 * 6, 2 * 6 * 3 * 8, 2 * 4 * 6 * 8, 2 * 4 * 8 * 5} // of the whole steps
	for _, c := range []struct {
		cuts         string
		root, slices int
		adds         int
		inside       string
		times        []float64 // how often each step is done as a whole
	}{
		{"c", 2, 6, 6, "0 1 2", []float64{1, 1, 1, 1}}, // step 3 runs once, behind the loop
		{"c:3", 2, 3, 3, "0 1 2", []float64{1, 1, 1, 1}},
		{"d", 1, 3, 3, "1", []float64{1, 1, 1, 1}},
		{"a", 3, 4, 1, "0 2 3", []float64{1, 1, 1, 1}}, // step 1 runs once, before the loop
		{"e", 3, 8, 8, "1 2 3", []float64{1, 1, 1, 1}}, // step 0 too
		{"c,e:2", 3, 12, 12, "0 1 2 3", []float64{2, 1, 1, 6}},
		{"b,d", 2, 6, 6, "0 1 2", []float64{3, 2, 6, 1}},
		{"g,b", 3, 10, 2, "0 2 3", []float64{5, 1, 10, 2}},
	} {
		cuts, err := Parse(tree.Instance, c.cuts)
		if err != nil {
			t.Fatal(err)
		}
		s := New(tree, cuts)
		var inside []string
		want := 0.0
		for i := range tree.Steps {
			if s.Inside(i) {
				inside = append(inside, string(rune('0'+i)))
			}
			want += flops[i] * c.times[i]
		}
		if got := strings.Join(inside, " "); s.Root != c.root || s.Slices() != c.slices || s.Adds != c.adds || got != c.inside || s.Flops() != want {
			t.Errorf("%s: root %d, %d slices, %d added, steps %s, %g flops; want %d, %d, %d, %s, %g",
				c.cuts, s.Root, s.Slices(), s.Adds, got, s.Flops(), c.root, c.slices, c.adds, c.inside, want)
		}
		if got := Format(tree.Instance, cuts); got != c.cuts {
			t.Errorf("%s is written as %s", c.cuts, got)
		}
	}
}

// TestTheChoiceIsTheBestThereIs holds the choice against all cuts of all labels of small
// random networks.
func TestTheChoiceIsTheBestThereIs(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	needed := 0
	for range 150 {
		tree := along(t, randomNetwork(random))
		order := []path.Order{path.AsWritten, path.DepthFirst, path.LowestPeak}[random.IntN(3)]
		mode := []region.Mode{region.Off, region.Finest}[random.IntN(2)]
		peak := 0.0
		for _, live := range livesOf(tree, nil, order, mode).live {
			peak = max(peak, live)
		}
		limit := peak / float64(1+random.IntN(12))
		cuts, ok := Choose(tree, order, mode, limit)
		flops, slices := best(tree, order, mode, limit)
		if ok != !math.IsInf(flops, 1) {
			t.Errorf("%s: found %v, want %v", spell(tree), ok, !ok)
			continue
		}
		if !ok {
			continue
		}
		got, n := tree.Cost().Flops, 1
		if s := New(tree, cuts); s != nil {
			needed++
			got, n = s.Flops(), s.Slices()
			if e := livesOf(tree, s, order, mode).excess(limit); e > 0 {
				t.Errorf("%s: %v exceeds the limit by %g", spell(tree), cuts, e)
			}
		}
		if got != flops || n != slices {
			t.Errorf("%s within %g of %g bytes: %v: %g flops in %d slices, want %g in %d", spell(tree), limit, peak, cuts, got, n, flops, slices)
		}
	}
	if needed < 50 {
		t.Errorf("%d networks were sliced: the test shows little", needed)
	}
}

// TestOneLabelAfterTheOtherIsNearTheBest leaves no attempts for trying all: what the
// choice for large networks comes to.
func TestOneLabelAfterTheOtherIsNearTheBest(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	exact, all := 0, 0
	for range 150 {
		tree := along(t, randomNetwork(random))
		s := &search{tree: tree, limit: 0, left: 1000}
		for _, live := range s.try(nil).lives.live {
			s.limit = max(s.limit, live/3)
		}
		start := s.try(nil)
		s.labels = s.candidates(start)
		a := s.improve(s.descend(start))
		flops, _ := best(tree, path.AsWritten, region.Off, s.limit)
		if math.IsInf(flops, 1) {
			continue
		}
		all++
		switch {
		case a.excess > 0:
			t.Errorf("%s: found nothing", spell(tree))
		case a.flops > 2*flops:
			t.Errorf("%s: %v takes %g flops, the best %g", spell(tree), a.cuts, a.flops, flops)
		case a.flops == flops:
			exact++
		}
	}
	if exact < all*8/10 || all < 50 {
		t.Errorf("%d of %d are the best there is", exact, all)
	}
}

// best tries all cuts of all labels.
func best(tree *path.Tree, order path.Order, mode region.Mode, limit float64) (flops float64, slices int) {
	flops, slices = math.Inf(1), 1
	dims := tree.Instance.Dims
	var try func(cuts []instance.Cut, from int)
	try = func(cuts []instance.Cut, from int) {
		s := New(tree, cuts)
		got := tree.Cost().Flops
		if s != nil {
			got = s.Flops()
		}
		if livesOf(tree, s, order, mode).excess(limit) == 0 && (got < flops || got == flops && s.Slices() < slices) {
			flops, slices = got, s.Slices()
		}
		for l := from; l < len(dims); l++ {
			for parts := 2; parts <= dims[l]; parts++ {
				if dims[l]%parts == 0 {
					try(append(cuts[:len(cuts):len(cuts)], instance.Cut{Label: instance.Label(l), Parts: parts}), l+1)
				}
			}
		}
	}
	try(nil, 0)
	return flops, slices
}

// randomNetwork returns one of few labels, some of them in many tensors.
func randomNetwork(random *rand.Rand) *instance.Instance {
	in := &instance.Instance{Name: "random", DType: dtype.Float32, Names: []rune("abcdef")}
	for range in.Names {
		in.Dims = append(in.Dims, []int{2, 3, 4, 6}[random.IntN(4)])
	}
	tensors := 4 + random.IntN(4)
	for t := range tensors {
		labels := map[instance.Label]bool{instance.Label(t % len(in.Names)): true}
		for range 1 + random.IntN(3) {
			labels[instance.Label(random.IntN(len(in.Names)))] = true
		}
		var all []instance.Label
		for l := range instance.Label(len(in.Names)) {
			if labels[l] {
				all = append(all, l)
			}
		}
		in.Inputs = append(in.Inputs, all)
	}
	used := map[instance.Label]bool{}
	for _, labels := range in.Inputs {
		for _, l := range labels {
			used[l] = true
		}
	}
	for l := range instance.Label(len(in.Names)) {
		if used[l] && random.IntN(4) == 0 {
			in.Output = append(in.Output, l)
		}
	}
	p := instance.Path{Name: "p"}
	for n := tensors; n > 1; n-- {
		i := random.IntN(n)
		p.Pairs = append(p.Pairs, [2]int{i, (i + 1 + random.IntN(n-1)) % n})
	}
	in.Paths = []instance.Path{p}
	return in
}

func spell(tree *path.Tree) string {
	var parts []string
	for _, labels := range tree.Instance.Inputs {
		parts = append(parts, tree.Instance.Spell(labels))
	}
	return strings.Join(parts, ",") + "->" + tree.Instance.Spell(tree.Instance.Output)
}

// TestMistakesInCutsSayWhatIsRight claims that errors name the file, the field and what
// would do.
func TestMistakesInCutsSayWhatIsRight(t *testing.T) {
	in := parse(t, `"format_string": "aB,Bc,cd->ad", "shapes": [[4,2],[2,6],[6,1]], "num_tensors": 3, "paths": {"p": {"path": [[0,1],[0,1]]}}`).Instance
	for text, want := range map[string]string{
		"x":     `test: format_string: there is no label "x": there are c (6), a (4), B (2)`,
		"b":     `did you mean "B"?`,
		"auot":  `did you mean "auto"?`,
		"":      `there is no label ""`,
		"a,,c":  `there is no label ""`,
		"d":     `label "d" has dimension 1, which can't be sliced: choose among c (6)`,
		"a:3":   `label "a" has dimension 4, which can't be cut into "3" equal parts`,
		"a:1":   `give it a divisor above 1`,
		"a:x":   `"x" equal parts`,
		"a:-2":  `"-2" equal parts`,
		"a,a":   `label "a" stands there twice`,
		"a:2,a": `twice`,
	} {
		if _, err := Parse(in, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
	if cuts, err := Parse(in, " a , c:3"); err != nil || Format(in, cuts) != "a,c:3" {
		t.Errorf("got %v, %v", cuts, err)
	}
}
