package duel

import (
	"fmt"
	"slices"
	"strings"

	"tnbench/internal/compare"
)

// document puts down what was found.
func (d *duel) document(rows *rows, interrupted bool) *compare.Document {
	doc := &compare.Document{
		Schema:      compare.Schema,
		Base:        d.side(baseTurn),
		New:         d.side(newTurn),
		Thresholds:  d.Thresholds,
		Interrupted: interrupted,
		Reasons:     []string{},
		Rows:        []compare.Row{},
	}
	for _, r := range rows.all {
		doc.Rows = append(doc.Rows, r.Row)
	}
	doc.Judge(false)
	doc.Reasons = reasons(doc)
	doc.Notes = append(d.describe(), d.Notes...)
	return doc
}

// side describes a side by what it told of itself.
func (d *duel) side(who int) compare.Side {
	s := compare.Side{Name: d.sides[who].Label}
	for _, m := range d.matches {
		s.Processes = max(s.Processes, len(m.rounds))
		if len(m.rounds) > 0 && s.Tool == nil {
			s.Tool = &m.rounds[0][who].Tool
		}
	}
	return s
}

// reasons says what the verdict rests on.
func reasons(doc *compare.Document) []string {
	all := []string{}
	for _, v := range []compare.Verdict{compare.Regression, compare.Undecided} {
		for i := range doc.Rows {
			if r := &doc.Rows[i]; r.Verdict == v {
				all = append(all, reason(r))
			}
		}
	}
	if doc.Interrupted {
		all = append(all, "interrupted before all was measured")
	}
	return all
}

// reason says in a sentence what is with a row.
func reason(r *compare.Row) string {
	parts := []string{r.Title() + ": "}
	if r.Figure != noResult {
		parts = append(parts, compare.FigureOf(r.Figure).What+" ")
		one := row{Row: *r}
		parts = append(parts, one.measured())
		if r.Reason != "" {
			parts = append(parts, "; ")
		}
	}
	return strings.Join(append(parts, r.Reason), "")
}

// describe says how it was measured, and what else a reader should know.
func (d *duel) describe() (notes []string) {
	least, most := 0, 0
	for i, m := range d.matches {
		if n := len(m.rounds); i == 0 || n < least {
			least = n
		}
		most = max(most, len(m.rounds))
	}
	rounds := fmt.Sprintf("%d", most)
	if least < most {
		rounds = fmt.Sprintf("%d to %d", least, most)
	}
	notes = append(notes, fmt.Sprintf("%s rounds of three processes: base, new, and base again as the control", rounds))
	for _, s := range []*Side{&d.Base, &d.New} {
		if len(s.Dropped) > 0 {
			notes = append(notes, fmt.Sprintf("%s has no %s: it was measured without", s.Name, strings.Join(s.Dropped, ", ")))
		}
	}
	for _, m := range d.matches {
		_, _, onlyNew := linesOf(m.rounds)
		for _, o := range onlyNew {
			notes = append(notes, fmt.Sprintf("%s · %s · %s: %s", o.Label(), o.Path, o.Alloc, o.why))
		}
	}
	return slices.Compact(notes)
}
