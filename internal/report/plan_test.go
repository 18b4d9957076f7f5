package report

import (
	"bytes"
	"testing"

	"tnbench/internal/alloc/pack"
	"tnbench/internal/contract"
	"tnbench/internal/golden"
	"tnbench/internal/path"
	"tnbench/internal/study"
)

// planOf forecasts a path of the network in text, without the kernels'
// temporaries, whose sizes depend on the machine.
func planOf(t testing.TB, text, name string, order path.Order, specs ...string) study.ProgramPlan {
	t.Helper()
	in := parse(t, text)
	p, err := in.Path(name)
	if err != nil {
		t.Fatal(err)
	}
	program, err := contract.Compile(in, p, contract.Options{Order: order, FixedTemporaries: true})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := study.PlanProgram(program, specs)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestPlanOfAChainByHand holds the forecasts against figures worked out on paper.
// The intermediates of chain are ac 8192, ce 10240, eg 10240, gi 8192, ae 2560
// and ei 2560 bytes. In path order the first four are live when ae joins them:
// 39424 bytes. Then ac and ce are free, neither of which has the size of ei, but
// ei fits into ac. Depth-first the order is ac, ce, ae, eg, gi, ei: eg finds ce,
// gi finds ac, and the peak is when ei joins ae, eg and gi: 23552 bytes.
func TestPlanOfAChainByHand(t *testing.T) {
	const sum = 2 * (8192 + 10240 + 2560)
	for _, c := range []struct {
		order        path.Order
		peak         int
		spec         string
		footprint    int
		hits, misses int
		atBound      bool
	}{
		{path.AsWritten, 39424, "make", 39424, 0, 6, true},
		{path.AsWritten, 39424, "exactpool", sum, 0, 6, false},
		{path.AsWritten, 39424, "bestfit", sum - 2560, 1, 5, true},
		{path.AsWritten, 39424, "planned", 39424, 6, 0, true},
		{path.DepthFirst, 23552, "make", 23552, 0, 6, true},
		{path.DepthFirst, 23552, "exactpool", 23552, 2, 4, true},
		{path.DepthFirst, 23552, "bestfit", 23552, 2, 4, true},
		{path.DepthFirst, 23552, "planned", 23552, 6, 0, true},
	} {
		p := planOf(t, chain, "opt_flops", c.order, c.spec)
		if p.PeakLive != c.peak || p.Bytes != sum || p.Intermediates != 6 || p.Temporaries != 0 || p.Order != c.order.String() {
			t.Errorf("order %v: got peak %d of %d bytes in %d + %d buffers, order %s; want %d of %d in 6 + 0",
				c.order, p.PeakLive, p.Bytes, p.Intermediates, p.Temporaries, p.Order, c.peak, sum)
		}
		s := p.Strategies[0]
		if s.Footprint != c.footprint || s.Hits != c.hits || s.Misses != c.misses || (s.Ratio.Value == 1) != c.atBound {
			t.Errorf("order %v, %s: got %+v, want footprint %d, %d hits, %d misses, at the bound: %v",
				c.order, c.spec, s, c.footprint, c.hits, c.misses, c.atBound)
		}
	}
}

func TestPlanOfAProgramWithoutBuffers(t *testing.T) {
	const one = `{"name":"one","dtype":"float64","num_tensors":1,"format_string":"ab->ba","shapes":[[2,3]],"paths":{"opt_flops":{"path":[]}}}`
	p := planOf(t, one, "opt_flops", path.AsWritten, "make", "planned")
	if p.PeakLive != 0 || p.Strategies[1].Footprint != 0 || p.Strategies[1].Ratio.OK {
		t.Errorf("got %+v, want no bytes and no ratio", p)
	}
	var out bytes.Buffer
	for _, f := range Formats {
		if err := WritePlans(&out, f, &study.Plans{Programs: []study.ProgramPlan{p}}); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestPlanRefusesUnknownStrategies(t *testing.T) {
	in := parse(t, chain)
	if _, err := study.PlanProgram(compile(t, in, "opt_flops", path.AsWritten), []string{"none"}); err == nil {
		t.Error("a plan under a strategy called none")
	}
}

func TestPlansGolden(t *testing.T) {
	plans := &study.Plans{Schema: study.PlanSchema, Problems: []study.ProblemPlan{}}
	for _, order := range []path.Order{path.AsWritten, path.DepthFirst} {
		plans.Programs = append(plans.Programs, planOf(t, chain, "opt_flops", order, "make", "arena", "slab", "exactpool", "bestfit", "planned"))
	}
	golden.Check(t, "plan.csv", written(t, CSVFormat, plans))
	solved := pack.Plan{Offsets: []int{0, 4, 2}, Height: 8, Bound: 7}
	plans.Problems = append(plans.Problems,
		study.NewProblemPlan("none.csv", pack.Plan{Offsets: []int{0}, Height: 5, Bound: 5, Optimal: true}, 0, 1200),
		study.NewProblemPlan("fits.csv", solved, 8, 2_500_000),
		study.NewProblemPlan("open.csv", solved, 7, 10_000_000_000),
		study.NewProblemPlan("never.csv", solved, 6, 1_000_000_000),
		study.NewProblemPlan("free.csv", solved, 0, 1_000_000_000))
	golden.Check(t, "plan.stdout", written(t, TableFormat, plans))
	golden.Check(t, "plan.md", written(t, MarkdownFormat, plans))
	golden.Check(t, "plan.json", written(t, JSONFormat, plans))
	plans.Programs = nil
	golden.Check(t, "plan_problems.csv", written(t, CSVFormat, plans))
}

func written(t *testing.T, f Format, plans *study.Plans) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := WritePlans(&out, f, plans); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
