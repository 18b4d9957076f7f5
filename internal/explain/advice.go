package explain

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"tnbench/internal/printable"
	"tnbench/internal/region"
)

// advice says what to do, from what was measured: which configuration to use, what is
// left to gain at most, and what to look at next. Every sentence names the rows that it
// rests on.
func (e *explanation) advice(context.Context) error {
	d := e.document
	for _, find := range []func(*Document) []Advice{configuration, streaming, distance, storage, next} {
		d.Advice = append(d.Advice, find(d)...)
	}
	return nil
}

// configuration advises on what to use here.
func configuration(d *Document) (all []Advice) {
	var better, tied []*Effect
	for i := range d.Ablation {
		e := &d.Ablation[i]
		switch {
		case e.Direction != LeaveOneOut || e.With != "" || !e.NS.OK:
		case e.Resolved && e.NS.Value < 0:
			better = append(better, e)
		case !e.Resolved && e.High.OK:
			tied = append(tied, e)
		}
	}
	slices.SortStableFunc(better, func(a, b *Effect) int { return cmp.Compare(a.NS.Value, b.NS.Value) })
	if len(better) > 0 {
		b := better[0]
		text := fmt.Sprintf("Use %s, but with %s: it saves %s", best, b.change(), saving(b))
		if len(better) > 1 {
			text += fmt.Sprintf(" (%d other changes save time alone, too; whether they add up was not measured)", len(better)-1)
		}
		all = append(all, Advice{text + ".", keysOf(better)})
	} else if costs := slices.ContainsFunc(d.Ablation, func(e Effect) bool { return e.Direction == LeaveOneOut && e.Resolved }); costs {
		worst := largest(resolved(d, LeaveOneOut))
		text := fmt.Sprintf("Use %s: nothing that was switched makes it faster; the dearest switch, %s, costs %s", best, worst.change(), saving(worst))
		all = append(all, Advice{text + ".", keysOf([]*Effect{worst})})
	}
	if len(tied) > 0 {
		var names []string
		for _, t := range tied {
			names = append(names, t.change())
		}
		all = append(all, Advice{fmt.Sprintf("Choose by other needs, or measure longer: no difference was resolved for %s.", strings.Join(names, "; ")), keysOf(tied)})
	}
	if gain := largest(slices.DeleteFunc(resolved(d, OneIn), func(e *Effect) bool { return e.NS.Value > 0 })); gain != nil {
		all = append(all, Advice{fmt.Sprintf("Whoever has the report's configuration gains most by %s: %s.", gain.change(), saving(gain)), keysOf([]*Effect{gain})})
	}
	return all
}

// resolved returns the resolved effects of single factors in a direction.
func resolved(d *Document, direction string) (all []*Effect) {
	for i := range d.Ablation {
		if e := &d.Ablation[i]; e.Direction == direction && e.With == "" && e.Resolved && e.NS.OK {
			all = append(all, e)
		}
	}
	return all
}

// change says what is switched.
func (e *Effect) change() string { return fmt.Sprintf("%s (%s → %s)", e.Factor, e.From, e.To) }

// saving says how much time an effect is of, whatever its sign.
func saving(e *Effect) string {
	text := ns(math.Abs(e.NS.Value))
	if e.Low.OK && e.High.OK {
		i := impact(estimate{e.NS.Value, e.Low.Value, e.High.Value})
		text = i.text()
	}
	if e.Percent.OK {
		text += fmt.Sprintf(", %.1f %%", math.Abs(e.Percent.Value))
	}
	return text
}

// keysOf names rows.
func keysOf(effects []*Effect) (keys []string) {
	for _, e := range effects {
		keys = append(keys, e.Key())
	}
	return keys
}

// streaming says what regions gain in time and in memory.
func streaming(d *Document) (all []Advice) {
	off, auto, most := d.streamed(region.Off), d.streamed(region.Auto), d.streamed(region.Max)
	if off == nil || auto == nil || most == nil {
		return nil
	}
	if auto.Count+most.Count == 0 {
		return []Advice{{"Nothing can be streamed here: no region saves time or memory, so every result is stored.", []string{most.Key()}}}
	}
	if auto.Count > 0 {
		a := Advice{fmt.Sprintf("Streaming (--regions auto) never stores %s: at least %s are live at once instead of %s", bytesText(float64(auto.StreamedBytes)),
			bytesText(float64(auto.PeakLive)), bytesText(float64(off.PeakLive))), []string{auto.Key(), off.Key()}}
		if auto.Bound.OK && off.Bound.OK {
			a.Text += fmt.Sprintf(", and the bound is %s instead of %s", ns(auto.Bound.Value), ns(off.Bound.Value))
		}
		a.add(d.regionsTo(region.Off), "; it saves %s", "; it costs %s", "; whether it saves time was not resolved")
		all = append(all, a.end())
	} else {
		all = append(all, Advice{"Regions (--regions auto) stream nothing here: none is sure to save time.", []string{auto.Key()}})
	}
	if most.Count > 0 && most.PeakLive < auto.PeakLive {
		a := Advice{fmt.Sprintf("Where memory is short use --regions max: at least %s are live at once instead of %s with auto", bytesText(float64(most.PeakLive)),
			bytesText(float64(auto.PeakLive))), []string{most.Key(), auto.Key()}}
		a.add(d.regionsTo(region.Max), "; that costs %s", "; that saves %s, too", "; whether that takes longer was not resolved")
		all = append(all, a.end())
	}
	return all
}

// streamed returns the row of a choice of regions, nil if there is none.
func (d *Document) streamed(mode region.Mode) *Streaming {
	for i := range d.Streaming {
		if s := &d.Streaming[i]; s.Regions == mode.String() {
			return s
		}
	}
	return nil
}

// regionsTo returns what switching regions to another choice does to the best
// configuration, nil if it was not measured.
func (d *Document) regionsTo(mode region.Mode) *Effect {
	for i := range d.Ablation {
		if e := &d.Ablation[i]; e.Factor == FactorRegions && e.Direction == LeaveOneOut && e.To == mode.String() && e.NS.OK {
			return e
		}
	}
	return nil
}

// add adds what an effect is: longer, shorter, or not resolved.
func (a *Advice) add(e *Effect, longer, shorter, open string) {
	switch {
	case e == nil:
		return
	case !e.Resolved:
		a.Text += open
	case e.NS.Value > 0:
		a.Text += fmt.Sprintf(longer, saving(e))
	default:
		a.Text += fmt.Sprintf(shorter, saving(e))
	}
	a.Rows = append(a.Rows, e.Key())
}

// end ends the sentence.
func (a Advice) end() Advice {
	a.Text += "."
	return a
}

// distance says what is left at most: how far the best configuration is from the
// roofline bound.
func distance(d *Document) []Advice {
	if !d.Whole.OK || !d.Bound.OK || d.Bound.Value <= 0 {
		return nil
	}
	left := max(0, d.Whole.Value-d.Bound.Value)
	return []Advice{{fmt.Sprintf("At most %s of %s (%.0f %%) can be gained by faster kernels and cheaper memory together: the bound, by %s, is %s.",
		ns(left), ns(d.Whole.Value), 100*left/d.Whole.Value, d.BoundBy, ns(d.Bound.Value)), []string{WholeKey}}}
}

// storage says how far memory is from its lower bound.
func storage(d *Document) []Advice {
	if !d.PeakLive.OK || !d.Footprint.OK || d.PeakLive.Value <= 0 {
		return nil
	}
	over := float64(d.Footprint.Value) / float64(d.PeakLive.Value)
	return []Advice{{fmt.Sprintf("Intermediates and temporaries need %s at least, the most that is live at once; %s holds %.3f times that.",
		bytesText(float64(d.PeakLive.Value)), best.Strategy, over), []string{WholeKey}}}
}

// bytesText writes bytes.
func bytesText(n float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for ; n >= 1024 && i < len(units)-1; i++ {
		n /= 1024
	}
	return fmt.Sprintf("%.3g %s", n, units[i])
}

// lead is something to look at, and the time that it is about.
type lead struct {
	ns   float64
	text string
	key  string
}

// nextLeads is how many there are.
const nextLeads = 3

// next names what to look at: phases that take much beside arithmetic, steps that are
// far from their bounds, factors that save time.
func next(d *Document) (all []Advice) {
	leads := slices.Concat(phaseLeads(d), stepLeads(d), effectLeads(d))
	slices.SortStableFunc(leads, func(a, b lead) int { return cmp.Compare(b.ns, a.ns) })
	for _, l := range leads[:min(nextLeads, len(leads))] {
		all = append(all, Advice{"Look next at " + l.text + ".", []string{l.key}})
	}
	return all
}

func phaseLeads(d *Document) (leads []lead) {
	for i := range d.Attribution {
		s := &d.Attribution[i]
		if s.Alloc != best.String() || s.Phase == PhaseArithmetic || s.NS <= 0 || s.Low.OK && s.Low.Value <= 0 {
			continue
		}
		where := ""
		if s.Class != "" {
			where = " in steps with results " + s.Class
		}
		leads = append(leads, lead{s.NS, fmt.Sprintf("%s%s: %s, %.1f %% of a contraction under %s", s.Phase, where, ns(s.NS), 100*s.Share, s.Alloc), s.Key()})
	}
	return leads
}

// mostLabels is how many columns the labels of a step take in a sentence.
const mostLabels = 32

func stepLeads(d *Document) (leads []lead) {
	for i := range d.Costly {
		c := &d.Costly[i]
		if !c.Bound.OK || c.NS <= c.Bound.Value {
			continue
		}
		lost := c.NS - c.Bound.Value
		leads = append(leads, lead{lost, fmt.Sprintf("step %d (%s, %s): it takes %s, %s more than its bound by %s", c.Step, printable.Shorten(c.Labels, mostLabels), c.Class, ns(c.NS), ns(lost), c.BoundBy), c.Key()})
	}
	return leads
}

func effectLeads(d *Document) (leads []lead) {
	for _, e := range resolved(d, LeaveOneOut) {
		if e.NS.Value > 0 {
			continue // a switch that costs time gains nothing
		}
		leads = append(leads, lead{math.Abs(e.NS.Value), fmt.Sprintf("%s: the switch saves %s", e.change(), saving(e)), e.Key()})
	}
	return leads
}
