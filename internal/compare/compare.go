// Package compare turns two results, or a duel's rounds, into verdicts: the gate.
// It has the one policy that all outputs show and all exit codes follow: which
// figures count, how much they may differ, and when it can't be told. It measures
// and prints nothing.
package compare

import (
	"cmp"
	"slices"

	"tnbench/internal/result"
)

// Schema names the format of Document.
const Schema = "tnbench-compare/1"

// Verdict says how NEW stands to BASE.
type Verdict string

// The verdicts. Undecided is never a pass: something is missing, failed or can't
// be compared, or the figures spread too much.
const (
	Same       Verdict = "same"
	Better     Verdict = "better"
	Regression Verdict = "regression"
	Undecided  Verdict = "undecided"
)

// Mirror returns the verdict with BASE and NEW exchanged.
func (v Verdict) Mirror() Verdict {
	switch v {
	case Better:
		return Regression
	case Regression:
		return Better
	}
	return v
}

// Document is what a comparison leaves: the JSON that programs outside read.
// Fields may be added, never renamed.
type Document struct {
	Schema  string  `json:"schema"`
	Verdict Verdict `json:"verdict"`
	// Reasons say in sentences what the verdict rests on, the weightiest first.
	Reasons []string `json:"reasons"`
	// Notes are what a reader must know to judge the verdict, and no reason for it.
	Notes       []string     `json:"notes,omitempty"`
	Differences []Difference `json:"differences,omitempty"`
	Base        Side         `json:"base"`
	New         Side         `json:"new"`
	Thresholds  Thresholds   `json:"thresholds"`
	Rows        []Row        `json:"rows"`
	// Interrupted: the comparison was ended from outside before it was complete.
	Interrupted bool `json:"interrupted,omitempty"`
}

// Side is what one of the two sides was read from, or run as.
type Side struct {
	Name      string       `json:"name"`            // as the command line has it
	Files     []string     `json:"files,omitempty"` // that it stands for
	Tool      *result.Tool `json:"tool,omitempty"`  // of the first
	Processes int          `json:"processes"`       // that measured independently of each other
}

// Difference is a circumstance in which the sides differ.
type Difference struct {
	What string `json:"what"`         // its key: cpu, go, threads
	Of   string `json:"of,omitempty"` // the row that it concerns; "" if all
	Base string `json:"base"`
	New  string `json:"new"`
	// Refused: rows that differ in it are of different things, so that they are not
	// judged unless the user says so.
	Refused bool `json:"refused"`
}

// Row is the verdict on one figure of one program under one strategy.
type Row struct {
	Instance string `json:"instance"`
	File     string `json:"file,omitempty"` // tells apart instances of one name
	Path     string `json:"path"`
	DType    string `json:"dtype,omitempty"`
	Alloc    string `json:"alloc"`
	NewAlloc string `json:"new_alloc,omitempty"` // of NEW, if it has another name there
	Figure   string `json:"figure"`              // the key of a [Figure]

	// Medians, in the figure's unit; absent where a side lacks it.
	Base result.Maybe[float64] `json:"base,omitzero"`
	New  result.Maybe[float64] `json:"new,omitzero"`
	// Ratio is New to Base, with an interval where the figure is measured: all of a
	// comparison's intervals hold at once. Absent where Base is 0.
	Ratio result.Maybe[float64] `json:"ratio,omitzero"`
	Low   result.Maybe[float64] `json:"low,omitzero"`
	High  result.Maybe[float64] `json:"high,omitzero"`
	// By how much New may be worse: a share of Base and so much in the figure's unit.
	Threshold float64 `json:"threshold"`
	Floor     float64 `json:"threshold_absolute,omitempty"`

	// Control is a duel's ratio of BASE to itself, with an interval.
	Control     result.Maybe[float64] `json:"control,omitzero"`
	ControlLow  result.Maybe[float64] `json:"control_low,omitzero"`
	ControlHigh result.Maybe[float64] `json:"control_high,omitzero"`

	Verdict Verdict `json:"verdict"`
	Reason  string  `json:"reason,omitempty"` // why, where the figures don't tell
	// NoWorse: undecided, but only between the same and better.
	NoWorse bool `json:"no_worse,omitempty"`
}

// Title names what the row is about in one line.
func (r *Row) Title() string {
	title := r.Name()
	for _, part := range []string{r.Path, r.Strategy()} {
		if part != "" {
			title += " · " + part
		}
	}
	return title
}

// Name names the instance, by its file where that is needed.
func (r *Row) Name() string { return cmp.Or(r.File, r.Instance) }

// Strategy names the strategy, or those of both sides.
func (r *Row) Strategy() string {
	if r.NewAlloc != "" {
		return r.Alloc + " → " + r.NewAlloc
	}
	return r.Alloc
}

// Judge sets the document's verdict from its rows: a regression that was found is
// one whatever else is undecided; nothing undecided is a pass. refused says that
// the comparison as a whole is none.
func (d *Document) Judge(refused bool) {
	has := func(v Verdict) bool {
		return slices.ContainsFunc(d.Rows, func(r Row) bool { return r.Verdict == v && !(v == Undecided && r.NoWorse) })
	}
	switch {
	case refused:
		d.Verdict = Undecided
	case has(Regression):
		d.Verdict = Regression
	case has(Undecided), len(d.Rows) == 0, d.Interrupted:
		d.Verdict = Undecided
	case has(Better):
		d.Verdict = Better
	default:
		d.Verdict = Same
	}
}

// Count returns how many rows have a verdict.
func (d *Document) Count(v Verdict) int {
	n := 0
	for i := range d.Rows {
		if d.Rows[i].Verdict == v {
			n++
		}
	}
	return n
}
