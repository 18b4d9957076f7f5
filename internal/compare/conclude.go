package compare

import (
	"fmt"
	"slices"
	"strings"
)

// conclude sets the verdict and says what it rests on. refusals are why the sides
// can't be compared, if they can't: then nothing is judged.
func (c *comparison) conclude(refusals []string) {
	d := c.document
	if len(refusals) > 0 {
		for i := range d.Rows {
			if d.Rows[i].Figure != Whole {
				d.Rows[i].Verdict, d.Rows[i].NoWorse, d.Rows[i].Reason = Undecided, false, ""
			}
		}
	}
	unfinished := append(slices.Clone(c.Incomplete), c.unfinished()...)
	d.Judge(len(refusals) > 0)
	if len(unfinished) > 0 && d.Verdict != Regression {
		d.Verdict = Undecided
	}
	d.Reasons = append(d.Reasons, refusals...)
	d.Reasons = append(d.Reasons, unfinished...)
	if len(d.Rows) == 0 && len(d.Reasons) == 0 {
		d.Reasons = append(d.Reasons, "BASE and NEW have nothing in common")
	}
	if len(refusals) == 0 {
		d.Reasons = append(d.Reasons, summary(d, Regression, "is worse")...)
		d.Reasons = append(d.Reasons, summary(d, Undecided, "is undecided")...)
		d.Reasons = append(d.Reasons, summary(d, Better, "is better")...)
	}
	c.caveats()
}

// unfinished says which documents don't hold all that was to be measured.
func (c *comparison) unfinished() (reasons []string) {
	if c.Ignore["interrupted"] {
		return nil
	}
	for _, side := range []struct {
		name string
		pool *pool
		of   Side
	}{{"BASE", c.base, c.document.Base}, {"NEW", c.new, c.document.New}} {
		for _, f := range side.pool.files() {
			if !f.Document.Interrupted {
				continue
			}
			reason := fmt.Sprintf("%s is not complete: %s was interrupted", side.name, f.Name)
			if len(f.Document.Pending) > 0 {
				reason += " before " + some(f.Document.Pending)
			}
			reasons = append(reasons, reason+"; --ignore interrupted compares what is there")
		}
	}
	return reasons
}

// files returns the files of a pool, each once.
func (p *pool) files() (files []*File) {
	for _, k := range p.order {
		for _, m := range p.of[k] {
			if !slices.Contains(files, m.file) {
				files = append(files, m.file)
			}
		}
	}
	return files
}

// summary says which rows have a verdict, a sentence for each figure.
func summary(d *Document, v Verdict, is string) (reasons []string) {
	figures := append([]Figure{{Key: Whole, What: "all"}}, Figures...)
	for _, f := range figures {
		var of []string
		for i := range d.Rows {
			r := &d.Rows[i]
			if r.Figure == f.Key && r.Verdict == v && !r.NoWorse {
				of = append(of, r.sentence())
			}
		}
		if len(of) > 0 {
			reasons = append(reasons, fmt.Sprintf("%s %s: %s", f.What, is, some(of)))
		}
	}
	return reasons
}

// sentence names a row with its figures.
func (r *Row) sentence() string {
	s := r.Title()
	switch {
	case r.Figure == Whole, r.Figure == Digest:
		s += " (" + r.Reason + ")"
	case r.Ratio.OK:
		s += fmt.Sprintf(" (%.3f times)", r.Ratio.Value)
	case r.Base.OK && r.New.OK:
		s += fmt.Sprintf(" (%g → %g)", r.Base.Value, r.New.Value)
	}
	return s
}

// caveats notes what the times can't tell.
func (c *comparison) caveats() {
	d := c.document
	timed := slices.ContainsFunc(d.Rows, func(r Row) bool { return r.Figure == Time })
	switch {
	case !timed || d.Verdict == Undecided && len(d.Reasons) > 0 && strings.Contains(d.Reasons[0], "--ignore"):
	case d.Base.Processes < 2 || d.New.Processes < 2:
		d.Notes = append(d.Notes, fmt.Sprintf("A side has one process: how much processes differ from each other is not known, so no time up to %g times as long counts as worse. Use tnbench duel for times, or several files per side that were measured in turn.", c.Drift))
	case min(d.Base.Processes, d.New.Processes) < 5:
		d.Notes = append(d.Notes, fmt.Sprintf("A side has less than five processes, which may all have run in one of several ways by chance, so no time up to %g times as long counts as worse.", c.Drift))
	case !c.interleaved:
		d.Notes = append(d.Notes, fmt.Sprintf("The processes of the two sides did not take turns: what changed on the machine in between can't be told from a change of the code, so no time up to %g times as long counts as worse.", c.Drift))
	}
}
