package sweep

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"tnbench/internal/compare"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// Merge joins documents that were measured apart into one, in the order of the files.
// ignore holds the circumstances that may differ: see [compare.Joinable]. missing says
// what the whole lacks, as far as the documents tell; it is marked as interrupted then.
// An error tells of what contradicts itself.
func Merge(files []compare.File, ignore map[string]bool) (d *result.Document, missing []string, err error) {
	first := files[0].Document
	joined := *first
	joined.Shard, joined.Results, joined.Warnings, joined.Pending, joined.Interrupted = nil, []result.Result{}, []warning.Warning{}, nil, false
	m := merging{document: &joined, from: map[cell]string{}, at: map[cell]int{}, cpus: []string{first.Host.CPU}}
	var problems []error
	for _, f := range files {
		if differences := compare.Contradictions(first, f.Document, ignore); len(differences) > 0 {
			problems = append(problems, fmt.Errorf("%s and %s were measured otherwise: %s; merge what was measured alike, or name in --ignore what may differ", files[0].Name, f.Name, told(differences)))
			continue
		}
		problems = append(problems, m.take(f)...)
	}
	missing, problem := shards(files)
	if err := errors.Join(append(problems, problem)...); err != nil {
		return nil, nil, err
	}
	m.conclude()
	if missing = append(missing, m.unfinished()...); len(missing) > 0 {
		joined.Interrupted = true
	}
	return &joined, missing, nil
}

// cell is a program under a strategy.
type cell struct {
	program
	alloc string
}

// merging is a document on its way.
type merging struct {
	document *result.Document
	from     map[cell]string // the file of each
	at       map[cell]int
	cpus     []string
	pending  []string
}

// take adds a document. What was measured before must have the same exact figures; it
// is left out.
func (m *merging) take(f compare.File) (problems []error) {
	d := m.document
	for _, r := range f.Document.Results {
		c := cell{programOf(&r), r.Strategy()}
		at, twice := m.at[c]
		if !twice {
			m.at[c], m.from[c] = len(d.Results), f.Name
			d.Results = append(d.Results, r)
			continue
		}
		switch other := &d.Results[at]; {
		case reflect.DeepEqual(*other, r), len(r.Samples) == 0:
		case len(other.Samples) == 0: // it failed there
			d.Results[at], m.from[c] = r, f.Name
		default:
			if what := contradiction(other, &r); what != "" {
				problems = append(problems, fmt.Errorf("%s and %s contradict each other: %s, %s, %s: %s", m.from[c], f.Name, r.Label(), r.Path, r.Strategy(), what))
				continue
			}
			d.Warnings = append(d.Warnings, warning.Warning{
				Code: "measured-twice", Subject: r.Label(), Message: fmt.Sprintf("%s under %s is in %s and in %s; the first is kept", r.Path, r.Strategy(), m.from[c], f.Name),
				Remedy: "to compare processes, give the files to tnbench compare",
			})
		}
	}
	for _, w := range f.Document.Warnings {
		if !slices.Contains(d.Warnings, w) {
			d.Warnings = append(d.Warnings, w)
		}
	}
	if cpu := f.Document.Host.CPU; !slices.Contains(m.cpus, cpu) {
		m.cpus = append(m.cpus, cpu)
	}
	if f.Document.Measured != "" && (d.Measured == "" || f.Document.Measured < d.Measured) {
		d.Measured = f.Document.Measured // RFC 3339 in UTC sorts by time
	}
	d.Merged = append(d.Merged, f.Name)
	if f.Document.Interrupted {
		m.pending = append(m.pending, f.Document.Pending...)
	}
	return problems
}

// contradiction says in what two results of one program and strategy differ that must
// be the same, "" if in nothing.
func contradiction(a, b *result.Result) string {
	for _, x := range []struct{ what, a, b string }{
		{"file_hash", a.FileHash, b.FileHash}, {"path_hash", a.PathHash, b.PathHash}, {"program_hash", a.ProgramHash, b.ProgramHash},
	} {
		if x.a != "" && x.b != "" && x.a != x.b {
			return fmt.Sprintf("%s %.12s and %.12s", x.what, x.a, x.b)
		}
	}
	for i := range result.Figures {
		f := &result.Figures[i]
		if v, w := f.Of(a), f.Of(b); f.ExactIn(a) && f.ExactIn(b) && v.Value != w.Value {
			return fmt.Sprintf("%s %g and %g", f.Key, v.Value, w.Value)
		}
	}
	if a.Digest.OK && b.Digest.OK && !a.Digest.Value.Equal(b.Digest.Value) && a.Tier == b.Tier {
		return fmt.Sprintf("digest %v and %v", a.Digest.Value, b.Digest.Value)
	}
	return ""
}

// conclude says of what machines the whole is.
func (m *merging) conclude() {
	if len(m.cpus) > 1 {
		m.document.Host.CPU = strings.Join(m.cpus, " + ")
		m.document.Warnings = append(m.document.Warnings, warning.Warning{
			Code: "merged-hosts", Message: "results are of different processors: " + strings.Join(m.cpus, ", "),
			Remedy: "compare times within a program only",
		})
	}
}

// unfinished names what was not measured in one document and not in another either.
func (m *merging) unfinished() (missing []string) {
	for _, label := range m.pending {
		if !slices.Contains(m.document.Pending, label) && !slices.ContainsFunc(m.document.Results, func(r result.Result) bool { return r.Label() == label }) {
			m.document.Pending = append(m.document.Pending, label)
			missing = append(missing, label)
		}
	}
	return missing
}

// shards says which shares of a sweep are missing, and refuses shares of different
// sweeps.
func shards(files []compare.File) (missing []string, err error) {
	var whole *result.Shard
	of, have := "", map[int]string{}
	for _, f := range files {
		s := f.Document.Shard
		if s == nil {
			continue
		}
		switch {
		case whole == nil:
			whole, of = s, f.Name
		case s.Count != whole.Count || s.Of != whole.Of:
			return nil, fmt.Errorf("%s (%v) and %s (%v) are shares of different sweeps: the same instances, paths and number of shares are needed", of, whole, f.Name, s)
		}
		have[s.Index] = f.Name
	}
	if whole == nil {
		return nil, nil
	}
	for i := 1; i <= whole.Count; i++ {
		if have[i] == "" {
			missing = append(missing, fmt.Sprintf("share %d/%d", i, whole.Count))
		}
	}
	return missing, nil
}
