package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tnbench/internal/result"
)

// File is a stored document: what one process measured.
type File struct {
	Name     string
	Document *result.Document
}

// Options say how stored documents are compared.
type Options struct {
	Thresholds Thresholds
	// Ignore holds the circumstances that may differ, by their key or group: see
	// [Ignorable].
	Ignore map[string]bool
	// Drift is by which factor times of the same code may differ between processes
	// that did not take turns.
	Drift float64
	// Incomplete says what the sides lack, such as files that can't be read: nothing
	// passes then.
	Incomplete []string
}

// DefaultDrift of times. Processes of one build on one shared machine were up to
// 3.7 times apart when others used it (Zen 3, two cores, load 10), and 1.4 times on
// quiet ones.
const DefaultDrift = 3

// Stored compares stored documents. Every file is one process: what it measured
// again and again tells of that process alone.
func Stored(base, new []File, o Options) *Document {
	d := &Document{Schema: Schema, Reasons: []string{}, Rows: []Row{}, Thresholds: o.Thresholds, Base: sideOf(base), New: sideOf(new)}
	c := comparison{Options: o, document: d, interleaved: interleaved(base, new)}
	refused := c.circumstances(base, new)
	c.base, c.new = gather(base, c.varying), gather(new, c.varying)
	if o.Ignore["alloc"] {
		c.pairStrategies()
	}
	refused = append(refused, c.facts()...)
	c.programs()
	if len(base) > 0 && len(new) > 0 {
		c.rows()
	}
	c.conclude(refused)
	return d
}

// sideOf describes a side.
func sideOf(files []File) Side {
	s := Side{Processes: len(files)}
	for _, f := range files {
		s.Files = append(s.Files, f.Name)
	}
	if len(files) > 0 {
		s.Tool = &files[0].Document.Tool
	}
	return s
}

// comparison is one on its way.
type comparison struct {
	Options
	document    *Document
	base, new   *pool
	refused     map[key]string // why a row is not compared
	varying     []result.Fact  // circumstances that differ within a side
	interleaved bool           // whether the sides' processes took turns
}

// key tells apart what is compared.
type key struct {
	instance, hash, path, dtype, alloc string
	circumstances                      string // those that vary within a side
	turn                               int    // among results of a document that are alike otherwise
}

// measured is a result and where it stands.
type measured struct {
	file   *File
	result *result.Result
}

// pool holds the results of a side by what they are of.
type pool struct {
	order []key
	of    map[key][]measured
}

// gather pools the results of files.
func gather(files []File, varying []result.Fact) *pool {
	p := &pool{of: map[key][]measured{}}
	ambiguous := namesakes(files)
	for i := range files {
		f := &files[i]
		turns := map[key]int{}
		for k := range f.Document.Results {
			r := &f.Document.Results[k]
			id := key{instance: r.Instance, path: r.Path, dtype: r.DType, alloc: r.Strategy()}
			if ambiguous[r.Instance] {
				id.hash = cmp.Or(r.FileHash, r.File)
			}
			for _, fact := range varying {
				id.circumstances += fmt.Sprintf("%s %v ", fact.Key, fact.Of(f.Document, r))
			}
			alike := id
			id.turn = turns[alike]
			turns[alike]++
			if p.of[id] == nil {
				p.order = append(p.order, id)
			}
			p.of[id] = append(p.of[id], measured{f, r})
		}
	}
	return p
}

// namesakes returns the names that several networks of one document have.
func namesakes(files []File) map[string]bool {
	ambiguous := map[string]bool{}
	for i := range files {
		seen := map[string]string{}
		for k := range files[i].Document.Results {
			r := &files[i].Document.Results[k]
			if other, ok := seen[r.Instance]; ok && other != r.File {
				ambiguous[r.Instance] = true
			}
			seen[r.Instance] = r.File
		}
	}
	return ambiguous
}

// pairStrategies gives the single strategy of NEW the name of BASE's, program by
// program, so that their rows are compared.
func (c *comparison) pairStrategies() {
	single := func(p *pool) map[key]key {
		of := map[key]key{}
		for _, k := range p.order {
			program := k
			program.alloc, program.turn = "", 0
			if _, several := of[program]; several {
				of[program] = key{}
				continue
			}
			of[program] = k
		}
		return of
	}
	base, new := single(c.base), single(c.new)
	for program, k := range new {
		other, ok := base[program]
		if !ok || k == (key{}) || other == (key{}) || k == other {
			continue
		}
		c.new.of[other] = c.new.of[k]
		delete(c.new.of, k)
		c.new.order[slices.Index(c.new.order, k)] = other
	}
}

// interleaved reports whether the processes of the two sides took turns: what
// changed on the machine while they ran concerns both sides then. As many changes of
// side as the smaller side has processes are asked for.
func interleaved(base, new []File) bool {
	type turn struct {
		at  string // RFC 3339 in UTC sorts by time
		new bool
	}
	var turns []turn
	for i, side := range [][]File{base, new} {
		for _, f := range side {
			if f.Document.Measured == "" {
				return false
			}
			turns = append(turns, turn{f.Document.Measured, i == 1})
		}
	}
	slices.SortStableFunc(turns, func(a, b turn) int { return strings.Compare(a.at, b.at) })
	changes := 0
	for i := 1; i < len(turns); i++ {
		if turns[i].new != turns[i-1].new || turns[i].at == turns[i-1].at {
			changes++
		}
	}
	return len(base) > 1 && len(new) > 1 && changes >= min(len(base), len(new))
}
