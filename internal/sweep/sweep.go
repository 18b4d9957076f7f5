// Package sweep is for measurements that one process does not make: shares of a sweep
// for many machines, joining what they measured, going on after an end. It measures
// nothing and refuses to join what contradicts itself.
package sweep

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tnbench/internal/result"
)

// MostShards is how many shares a sweep can have.
const MostShards = 1_000_000

// Plan is one share of a sweep: which programs of the whole are measured.
type Plan struct {
	result.Shard
	rank map[string]int // of labels, in their order
}

// ParseShard reads "3/16": the third of sixteen shares.
func ParseShard(text string) (result.Shard, error) {
	index, count, found := strings.Cut(text, "/")
	var s result.Shard
	var errs [2]error
	s.Index, errs[0] = strconv.Atoi(strings.TrimSpace(index))
	s.Count, errs[1] = strconv.Atoi(strings.TrimSpace(count))
	switch {
	case !found || errs[0] != nil || errs[1] != nil:
		return s, fmt.Errorf("%q is no share: write 3/16 for the third of sixteen", text)
	case s.Count < 1 || s.Count > MostShards:
		return s, fmt.Errorf("%q has %d shares; there may be 1 to %d", text, s.Count, MostShards)
	case s.Index < 1 || s.Index > s.Count:
		return s, fmt.Errorf("%q is none of %d shares: they are 1/%[2]d to %[2]d/%[2]d", text, s.Count)
	}
	return s, nil
}

// NewPlan returns the share s of what labels stand for, in whatever order they are
// given. selection is what else tells what is measured of them, such as the choice of
// paths.
func NewPlan(s result.Shard, labels []string, selection string) *Plan {
	sorted := slices.Sorted(slices.Values(labels))
	p := &Plan{Shard: s, rank: map[string]int{}}
	hash := sha256.New()
	for i, label := range sorted {
		p.rank[label] = i
		fmt.Fprintf(hash, "%q\n", label)
	}
	fmt.Fprintf(hash, "%q", selection)
	p.Of = fmt.Sprintf("%x", hash.Sum(nil))
	return p
}

// Takes reports whether the share has a program: the path that stands at a position
// among those of label. Every program is in exactly one share, and shares are about
// equally large: programs are dealt out like cards, instance by instance, each
// instance's paths to the shares that follow.
func (p *Plan) Takes(label string, position int) bool {
	return p == nil || (p.rank[label]+position)%p.Count == p.Index-1
}

// program tells programs apart.
type program struct{ label, path, dtype string }

func programOf(r *result.Result) program { return program{r.Label(), r.Path, r.DType} }

// programs returns the programs of results, each once, in their order.
func programs(results []result.Result) (all []program) {
	seen := map[program]bool{}
	for i := range results {
		if p := programOf(&results[i]); !seen[p] {
			seen[p] = true
			all = append(all, p)
		}
	}
	return all
}
