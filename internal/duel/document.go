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

// mostReasons is how many rows that are worse are told one by one; all stand in the
// tables.
const mostReasons = 10

// reasons says what the verdict rests on: what is worse row by row, and what is
// undecided cause by cause.
func reasons(doc *compare.Document) []string {
	all := []string{}
	var causes []string
	of := map[string][]string{}
	for i := range doc.Rows {
		r := &doc.Rows[i]
		switch {
		case r.Verdict == compare.Regression:
			all = append(all, fmt.Sprintf("%s: %s %s", r.Title(), compare.FigureOf(r.Figure).What, comparedTo(r)))
		case r.Verdict == compare.Undecided:
			if of[r.Reason] == nil {
				causes = append(causes, r.Reason)
			}
			of[r.Reason] = append(of[r.Reason], r.Title())
		}
	}
	if more := len(all) - mostReasons; more > 0 {
		all = append(all[:mostReasons], fmt.Sprintf("and %d more that are worse", more))
	}
	for _, cause := range causes {
		who := of[cause][0]
		if n := len(of[cause]); n > 1 {
			who += fmt.Sprintf(" and %d more", n-1)
		}
		all = append(all, who+": "+cause)
	}
	if doc.Interrupted {
		all = append(all, "interrupted before all was measured")
	}
	return all
}

// comparedTo says what a row that is worse found, and found again.
func comparedTo(r *compare.Row) string {
	text := (&row{Row: *r}).measured()
	if r.Reason != "" {
		text += "; " + r.Reason
	}
	return text
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
		lines, _, onlyNew := linesOf(m.rounds)
		for _, l := range lines {
			if b, n := l.of(baseTurn), l.of(newTurn); !sameProgram(b, n) {
				notes = append(notes, fmt.Sprintf("%s · %s is compared with %s · %s", b.Label(), b.Path, n.Label(), n.Path))
			}
		}
		for _, o := range onlyNew {
			notes = append(notes, fmt.Sprintf("%s · %s · %s: %s", o.Label(), o.Path, o.Alloc, o.why))
		}
	}
	return slices.Compact(notes)
}
