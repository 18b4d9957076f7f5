package region

import (
	"fmt"
	"strings"
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

// A stem, [s,x,y] and [s,x,z], that uses a large [s,y,z] made beside it.
const branch = `"format_string": "sx,sy,ywv,wvsz,sz->x", "shapes": [[64,64],[64,64],[64,32,4],[32,4,64,48],[64,48]], "num_tensors": 5,
	"paths": {"p": {"path": [[0,1],[0,1],[1,2],[0,1]]}}`

// TestWhatARegionUsesIsStreamedToo claims that a result beside the stem is not stored
// either, and that only labels are cut that it has.
func TestWhatARegionUsesIsStreamedToo(t *testing.T) {
	in := tree(t, branch)
	r := Find(in, Max, 0)
	if r == nil || len(r.All) != 1 || fmt.Sprint(r.All[0].Steps) != "[0 1 2 3]" {
		t.Fatalf("got %+v, want one region of all four steps", r)
	}
	for _, c := range r.All[0].Cuts {
		if name := in.Instance.Names[c.Label]; name != 's' {
			t.Errorf("%c is cut, which not all have", name)
		}
	}
}

// TestARegionIsParted claims that what a part of a region makes for another is stored.
func TestARegionIsParted(t *testing.T) {
	in := tree(t, branch)
	r := Find(in, Max, 0).All[0]
	for above, want := range map[string]string{
		"":    "[0 1 2 3]",
		"3":   "[0 1 2]",
		"1":   "[0 2 3]",
		"023": "[0 2 3]",
		"23":  "[2 3]",
		"02":  "[0 2]",
	} {
		parts := r.Divide(in, func(step int) bool { return strings.Contains(above, fmt.Sprint(step)) })
		var got []string
		for _, p := range parts {
			got = append(got, fmt.Sprint(p.Steps))
			if dropped := p.Root() == 3; dropped != (p.Adds > 1) {
				t.Errorf("above %q: %v adds %d slices up", above, p.Steps, p.Adds)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("above %q: got %v, want %s", above, got, want)
		}
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
