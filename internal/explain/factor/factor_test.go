package factor

import (
	"slices"
	"strings"
	"testing"
)

// onProcessors lets trials be chosen as on a machine of so many Processors.
func onProcessors(t *testing.T, n int) {
	before := Processors
	Processors = func() int { return n }
	t.Cleanup(func() { Processors = before })
}

// differences names what two recipes differ in.
func differences(a, b Recipe) (all []string) {
	note := func(what string, differs bool) {
		if differs {
			all = append(all, what)
		}
	}
	note("strategy", a.Kind != b.Kind)
	for _, o := range slices.Concat(a.options, b.options) {
		note("option "+o, a.Kind == b.Kind && slices.Contains(a.options, o) != slices.Contains(b.options, o))
	}
	note("base", a.base != b.base)
	note("records", a.records != b.records)
	note("metadata", a.Metadata != b.Metadata)
	note("planning", a.Planning != b.Planning)
	note("order", a.Order != b.Order)
	note("regions", a.Regions != b.Regions)
	note("temporaries", a.FixedTemporaries != b.FixedTemporaries)
	note("threads", a.Threads != b.Threads)
	note("streams", a.Streams != b.Streams)
	note("share", a.Share != b.Share)
	note("collector", a.NoCollector != b.NoCollector)
	note("heap", a.OwnHeap != b.OwnHeap)
	note("batch", a.Batch != b.Batch)
	return all
}

func TestTheTwoSidesOfATrialDifferInOneThing(t *testing.T) {
	for _, cores := range []int{1, 2, 4} {
		onProcessors(t, cores)
		all := Trials(1)
		keys := map[string]bool{}
		for i := range all {
			c := &all[i]
			key := strings.Join([]string{c.Factor, c.Direction, c.To, c.Where}, ":")
			if keys[key] {
				t.Errorf("two rows have the key %q", key)
			}
			if keys[key] = true; c.Change == nil {
				if c.Reason == "" {
					t.Errorf("%s: neither a change nor a reason", key)
				}
				continue
			}
			before := c.Base.With(c.Context)
			if d := differences(before, before.With(c.Change)); len(d) != 1 && (cores > 1 || c.Reason == "") {
				t.Errorf("%s: %v and %v differ in %q, want one thing", key, c.Before(), c.After(), d)
			}
			if c.Before() == c.After() && c.Reason == "" {
				t.Errorf("%s: both sides are %v", key, c.Before())
			}
		}
		for _, factor := range []string{Allocator, Metadata, Bookkeeping, Kept, Small, Inline, Zeroing, Faults,
			Huge, Collector, Planning, Order, Regions, Threads, Streams, Keeping, Temporaries, Sharing} {
			for _, direction := range []string{LeaveOneOut, OneIn} {
				if !slices.ContainsFunc(all, func(c Trial) bool { return c.Factor == factor && c.Direction == direction }) {
					t.Errorf("%d Processors: no row for %s, %s", cores, factor, direction)
				}
			}
		}
	}
}

// TestTheReportsConfigurationIsWhatIsVaried: Go's heap in place of malloc gives the very
// setup that other parts call reported.
func TestTheReportsConfigurationIsWhatIsVaried(t *testing.T) {
	if got := ReportedRecipe(1).With(base("")).Made(); got != Reported {
		t.Errorf("over Go's heap it is %+v, want %+v", got, Reported)
	}
	if got := ReportedRecipe(1).Made(); got != ReportedHere() {
		t.Errorf("it is %+v, want %+v", got, ReportedHere())
	}
	if got := BestRecipe(1).Made(); got != Best {
		t.Errorf("the best is %+v, want %+v", got, Best)
	}
}

func TestPairsOfOneThingAreNotTried(t *testing.T) {
	r := ReportedRecipe(1)
	r.base = "malloc"
	one := func(c Change) *Trial { return &Trial{Direction: OneIn, Base: r, Change: c} }
	mimalloc, keep, slots := one(base("mimalloc")), one(base("malloc:keep")), one(option("slots"))
	if got := len(PairsOf([]*Trial{mimalloc, keep, slots})); got != 2 {
		t.Errorf("%d pairs, want those with slots", got)
	}
}

func TestAblationNamesWhatCantBeVaried(t *testing.T) {
	onProcessors(t, 1)
	for _, c := range Trials(1) {
		if (c.Factor == Threads || c.Factor == Streams || c.Factor == Sharing) && !strings.Contains(c.Reason, "processor") {
			t.Errorf("%s on one processor: %q", c.Factor, c.Reason)
		}
	}
}
