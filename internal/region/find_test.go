package region

import (
	"fmt"
	"testing"

	"tnbench/internal/instance"
	"tnbench/internal/path"
)

// tree returns a network along its path.
func tree(t *testing.T, text string) *path.Tree {
	t.Helper()
	in, err := instance.Parse("test", []byte(`{"name": "n", "dtype": "float64", `+text+`}`))
	if err != nil {
		t.Fatal(err)
	}
	ssa, err := path.FromLinear(len(in.Inputs), in.Paths[0].Pairs)
	if err != nil {
		t.Fatal(err)
	}
	return path.Analyze(in, ssa)
}

// A stem of two large results, [a,b,c] and [a,b,d], that the last step sums over b.
const stem = `"format_string": "ab,bc,cd,bd->ad", "shapes": [[6,10],[10,4],[4,9],[10,9]], "num_tensors": 4,
	"paths": {"p": {"path": [[0,1],[0,2],[0,1]]}}`

func TestALastStepThatDropsALabelAddsUp(t *testing.T) {
	in := tree(t, stem)
	r := Find(in, Finest, 1<<20)
	if r == nil || len(r.All) != 1 {
		t.Fatalf("got %+v, want one region", r)
	}
	g := &r.All[0]
	cuts := ""
	for _, c := range g.Cuts {
		cuts += fmt.Sprintf("%c%d", in.Instance.Names[c.Label], c.Parts)
	}
	if len(g.Steps) != 3 || cuts != "a6b10" || g.Adds != 10 || g.Slices() != 60 {
		t.Errorf("got steps %v, cuts %s, %d added, want three steps, a6b10 (what is dropped last), 10", g.Steps, cuts, g.Adds)
	}
	for id, inside := range map[int32]bool{0: false, 4: true, 5: true, 6: false} {
		if got := r.Inside(id) != nil; got != inside {
			t.Errorf("tensor %d: inside is %v", id, got)
		}
	}
	if part := g.Part(in, 0, 2); part.Adds != 1 || part.Root() != 1 {
		t.Errorf("without its last step the region adds %d slices up, want 1", part.Adds)
	}
}

func TestSmallNetworksHaveNoRegions(t *testing.T) {
	in := tree(t, stem)
	for _, mode := range []Mode{Off, Auto, Max} {
		if r := Find(in, mode, 1<<20); r != nil {
			t.Errorf("%v: got %+v, want none", mode, r.All)
		}
	}
}

func TestStepsOfARegionWaitForTheLast(t *testing.T) {
	r := New(&path.Tree{Instance: &instance.Instance{}, Steps: make([]path.Step, 6)}, []Region{{Steps: []int32{1, 4}}})
	if got := fmt.Sprint(r.Order([]int{0, 1, 2, 3, 4, 5})); got != "[0 2 3 1 4 5]" {
		t.Errorf("got %s", got)
	}
}

func TestModesHaveNames(t *testing.T) {
	for _, name := range Names() {
		if m, err := ParseMode(name); err != nil || m.String() != name {
			t.Errorf("%s: got %v, %v", name, m, err)
		}
	}
	if _, err := ParseMode("atuo"); err == nil {
		t.Error("atuo is a mode")
	}
}
