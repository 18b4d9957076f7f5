package explain

import (
	"context"
	"strings"
	"testing"

	"tnbench/internal/result"
)

// advised is a document with rows of all kinds.
func advised() *Document {
	d := true415().Document
	d.Whole, d.Bound, d.BoundBy = result.Measured(2e6), result.Measured(5e5), "flops"
	d.PeakLive, d.Footprint = result.Measured(1<<20), result.Measured(5<<18)
	d.Attribution = append(d.Attribution, shareOf(best.String(), PhaseFaults, 7e5, 6e5, 8e5), shareOf(best.String(), PhasePacking, 1e5, -1, 2e5))
	d.Costly = []Costly{
		{Alloc: best.String(), Step: 7, Labels: "ab,bc->ac", Class: "gemm", NS: 9e5, Bound: result.Measured(1e5), BoundBy: "flops"},
		{Alloc: best.String(), Step: 8, Labels: "ab,bc->ac", Class: "gemm", NS: 1e5, Bound: result.Measured(1e5), BoundBy: "bytes"},
	}
	d.Ablation = []Effect{
		effectOf(FactorMetadata, LeaveOneOut, "heap", 4, 3, 5),
		effectOf(FactorHuge, LeaveOneOut, "planned:huge", -6, -7, -5),
		effectOf(FactorHuge, LeaveOneOut, "slab:huge", -2, -3, -1),
		effectOf(FactorOrder, LeaveOneOut, "depth", 0.2, -1, 1),
		effectOf(FactorKept, OneIn, "kept", -30, -32, -28),
	}
	return d
}

// TestAdviceNamesRowsThatThereAre: each sentence rests on rows that its keys resolve to.
func TestAdviceNamesRowsThatThereAre(t *testing.T) {
	d := advised()
	e := &explanation{document: d}
	if err := e.advice(context.Background()); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, a := range d.Advice {
		if texts = append(texts, a.Text); len(a.Rows) == 0 {
			t.Errorf("%q rests on no row", a.Text)
		}
		for _, key := range a.Rows {
			if _, ok := d.Row(key); !ok {
				t.Errorf("%q names %q, which is no row", a.Text, key)
			}
		}
	}
	all := strings.Join(texts, "\n")
	for _, want := range []string{
		"Use planned, regions auto, but with huge pages (reported → planned:huge): it saves 60 µs [50 µs, 70 µs], 6.0 % (1 other changes",
		"no difference was resolved for execution order (reported → depth)",
		"gains most by pool kept (reported → kept): 300 µs",
		"At most 1.5 ms of 2 ms (75 %)",
		"1 MiB at least, the most that is live at once; planned holds 1.250 times that",
		"Look next at step 7 (ab,bc->ac, gemm): it takes 900 µs, 800 µs more than its bound by flops",
		"Look next at faults in steps with results ≤ 64 B: 700 µs",
		"Look next at huge pages (reported → planned:huge): the switch saves 60 µs",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the advice lacks %q:\n%s", want, all)
		}
	}
	if n := strings.Count(all, "Look next"); n != nextLeads {
		t.Errorf("%d things to look at, want %d:\n%s", n, nextLeads, all)
	}
	if strings.Contains(all, "packing") || strings.Contains(all, "step 8") {
		t.Errorf("what is not resolved, or at its bound, is advised:\n%s", all)
	}
}

// TestAdviceWhereNothingIsFaster: then the configuration stays as it is.
func TestAdviceWhereNothingIsFaster(t *testing.T) {
	d := advised()
	d.Ablation = d.Ablation[:1]
	e := &explanation{document: d}
	if err := e.advice(context.Background()); err != nil {
		t.Fatal(err)
	}
	if want := "Use planned, regions auto: nothing that was switched makes it faster; the dearest switch, metadata (reported → heap), costs 40 µs"; !strings.HasPrefix(d.Advice[0].Text, want) {
		t.Errorf("%q, want %q", d.Advice[0].Text, want)
	}
	empty := &explanation{document: &Document{}}
	if err := empty.advice(context.Background()); err != nil || len(empty.document.Advice) != 0 {
		t.Errorf("advice %v on nothing, %v", empty.document.Advice, err)
	}
}

// TestKeysAreAllDifferent: a key names one row.
func TestKeysAreAllDifferent(t *testing.T) {
	d := advised()
	rows := 1 + len(d.Anatomy) + len(d.Attribution) + len(d.Costly) + len(d.Ablation)
	keys := map[string]bool{}
	keys[WholeKey] = true
	for i := range d.Anatomy {
		keys[d.Anatomy[i].Key()] = true
	}
	for i := range d.Attribution {
		keys[d.Attribution[i].Key()] = true
	}
	for i := range d.Costly {
		keys[d.Costly[i].Key()] = true
	}
	for i := range d.Ablation {
		keys[d.Ablation[i].Key()] = true
	}
	if len(keys) != rows {
		t.Errorf("%d keys of %d rows", len(keys), rows)
	}
	for key := range keys {
		if _, ok := d.Row(key); !ok {
			t.Errorf("%q is no row", key)
		}
	}
	if _, ok := d.Row("ablation:none"); ok {
		t.Error("a key of nothing has a row")
	}
}
