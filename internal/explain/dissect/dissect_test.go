package dissect

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tnbench/internal/contract"
	"tnbench/internal/instance/instancetest"
)

// subject is a compiled embedded instance with inputs.
type subject struct {
	*contract.Program
	inputs [][]byte
}

func embedded(t *testing.T, name string) subject {
	t.Helper()
	in, inputs := instancetest.Filled(t, name)
	p, err := contract.Compile(in, in.Paths[0], contract.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return subject{p, inputs}
}

// TestAnatomyCountsWhatIsKnown: strategies whose allocations can be read off their
// code, on networks of many tiny tensors and of a few large ones.
func TestAnatomyCountsWhatIsKnown(t *testing.T) {
	for _, name := range []string{"matrix_chain_10", "ising_strip_5x250"} {
		s := embedded(t, name)
		p := s.Program
		steps, scratch := Contractions*p.Intermediates, 0
		for _, r := range p.Requests[p.Intermediates:] {
			if int(r.First) < len(p.Steps)-1 {
				scratch++
			}
		}
		for _, c := range []struct {
			alloc        string
			kind         contract.Metadata
			hits, misses int // -1: some
			hit, miss    float64
			atLeast      bool // growing pools take more now and then
		}{
			{"make", contract.MetadataNone, 0, steps, 0, 1, false},
			{"make", contract.MetadataInline, 0, steps, 0, 1, false},
			{"make", contract.MetadataHeap, 0, steps, 0, 4, false},
			{"planned", contract.MetadataNone, steps, 0, 0, 0, false},
			{"planned", contract.MetadataHeap, steps, 0, 3, 0, false},
			{"exactpool", contract.MetadataNone, -1, -1, 0, 1, true},
			{"exactpool", contract.MetadataHeap, -1, -1, 3, 4, true},
		} {
			if c.alloc == "make" {
				c.miss += float64(scratch) / float64(p.Intermediates)
			}
			got, err := Contraction(t.Context(), p, s.inputs, c.alloc, c.kind, 0)
			if err != nil {
				t.Fatal(err)
			}
			if c.hits >= 0 && (got.Hits != c.hits || got.Misses != c.misses) || got.Hits+got.Misses != steps {
				t.Errorf("%s, %s, %v: %d hits and %d misses, want %d and %d of %d", name, c.alloc, c.kind, got.Hits, got.Misses, c.hits, c.misses, steps)
			}
			wrong := func(got, want float64) bool { return got < want || got > want && !c.atLeast }
			if got.Hits > 0 && wrong(got.HitAllocs.Value, c.hit) || got.Misses > 0 && wrong(got.MissAllocs.Value, c.miss) {
				t.Errorf("%s, %s, %v: %v on a hit, %v on a miss; want %v and %v", name, c.alloc, c.kind, got.HitAllocs.Value, got.MissAllocs.Value, c.hit, c.miss)
			}
			if !c.atLeast {
				continue
			}
			if again, err := Contraction(t.Context(), p, s.inputs, c.alloc, c.kind, 0); err != nil || again.HitAllocs != got.HitAllocs || again.MissBytes != got.MissBytes || strings.Join(again.Sites, ";") != strings.Join(got.Sites, ";") {
				t.Errorf("%s, %s, %v: it is not the same twice: %v and %v, %v", name, c.alloc, c.kind, got, again, err)
			}
		}
	}
}

// TestAnatomyNamesTheLines: the line that is named for each kind is the one that says so.
func TestAnatomyNamesTheLines(t *testing.T) {
	s := embedded(t, "ising_strip_5x250")
	p := s.Program
	row, err := Contraction(t.Context(), p, s.inputs, "exactpool", contract.MetadataHeap, 0)
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string]string{"metadata.go": "../../contract/", "exactpool.go": "../../alloc/"}
	for kind, code := range map[string]string{
		"data":               ".take(",
		"strides, temporary": "temporary := make(",
		"dims":               "dims:",
		"strides":            "strides:",
		"bookkeeping":        ".push(",
	} {
		found := false
		for _, line := range row.Sites {
			m := regexp.MustCompile(`^` + kind + `: (\w+\.go):(\d+) .*\((.*) a step\)$`).FindStringSubmatch(line)
			if m == nil {
				continue
			}
			text, err := os.ReadFile(folders[m[1]] + m[1])
			if err != nil {
				t.Fatal(err)
			}
			number, _ := strconv.Atoi(m[2])
			found = found || strings.Contains(strings.Split(string(text), "\n")[number-1], code)
			if rate, err := strconv.ParseFloat(m[3], 64); err != nil || rate <= 0 || folders[m[1]] == "../../contract/" && rate != 1 {
				t.Errorf("%s: %v, %v a step", line, err, rate)
			}
		}
		if !found {
			t.Errorf("no line with %q is named for %s in %q", code, kind, row.Sites)
		}
	}
}

// TestAnatomySeesAnAllocationOutsideTheHeap: a C library's call is an allocation. Every
// step of this network has a temporary, too.
func TestAnatomySeesAnAllocationOutsideTheHeap(t *testing.T) {
	s := embedded(t, "matrix_chain_10")
	p := s.Program
	for _, spec := range []string{"malloc", "mmap"} {
		row, err := Contraction(t.Context(), p, s.inputs, spec, contract.MetadataNone, 0)
		if err != nil {
			t.Logf("%s: %v", spec, err)
			continue
		}
		if row.MissAllocs.Value != 2 || len(row.Sites) == 0 || !strings.Contains(row.Sites[0], spec+", outside the Go heap") {
			t.Errorf("%+v", row)
		}
	}
}
