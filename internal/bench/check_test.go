package bench

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/result"
)

// faulty is a contraction with a fault: after run number n of a runner, spoil may
// change the result. who is the strategy's type, "fresh" for the one that others
// are judged by.
type faulty struct {
	*contraction
	skip  func(who string, n int) bool
	spoil func(who string, n int, output []float64)
}

func (f *faulty) prepare(s alloc.Strategy) (runner, error) {
	r, err := f.contraction.prepare(s)
	return &faultyRunner{runner: r, fault: f, who: strategyName(s)}, err
}

// expect is the contraction's own, with the faulty runners.
func (f *faulty) expect(ctx context.Context) (expectation, error) {
	c := *f.contraction
	e := expectation{by: result.CheckBits}
	took, err := c.contractFresh(ctx, f.prepare, &e)
	if err != nil {
		return e, err
	}
	if err := c.verify(ctx, &e, took, c.cuts()); err != nil {
		return e, err
	}
	return e, c.compareStored(&e)
}

func strategyName(s alloc.Strategy) string {
	if w, ok := s.(*watch); ok {
		s = w.Strategy
	}
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", s), "*"))
}

type faultyRunner struct {
	runner
	fault *faulty
	who   string
	n     int
}

func (r *faultyRunner) run() (err error) {
	r.n++
	if r.fault.skip == nil || !r.fault.skip(r.who, r.n) {
		err = r.runner.run()
	}
	if r.fault.spoil != nil {
		r.fault.spoil(r.who, r.n, dtype.View[float64](r.output()))
	}
	return err
}

// plant measures a faulty product of matrices.
func plant(t *testing.T, f faulty, change func(*Config)) []result.Result {
	t.Helper()
	program, inputs := matrices(t)
	c := Config{Strategies: []string{"arena", "slab"}, Baseline: "slab", Pace: Pace{Runs: 3, Warmup: 1}}
	if change != nil {
		change(&c)
	}
	f.contraction = &contraction{&c, program, inputs}
	results, err := measureJob(context.Background(), &f, c)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// wants checks which strategies failed, and with what.
func wants(t *testing.T, results []result.Result, want map[string]string) {
	t.Helper()
	for _, r := range results {
		if w := want[r.Alloc]; w == "" && r.Error != "" || !strings.Contains(r.Error, w) {
			t.Errorf("%s: error %q, want %q in it", r.Alloc, r.Error, w)
		}
		if wrong := strings.HasPrefix(r.Error, "wrong result"); (r.Check != "") == wrong {
			t.Errorf("%s: checked %q, error %q", r.Alloc, r.Check, r.Error)
		}
	}
}

func TestASoundResultIsVerified(t *testing.T) {
	for _, r := range plant(t, faulty{}, nil) {
		if r.Error != "" || r.Check != result.CheckVerified || r.Unverified != "" || r.Unsound != "" {
			t.Errorf("%s: error %q, checked %q, %q, %q", r.Alloc, r.Error, r.Check, r.Unverified, r.Unsound)
		}
	}
}

func TestATimedRunThatComputesNothingIsFound(t *testing.T) {
	// Runs of a stream: the warm-up, then an untimed and a timed one in turn.
	timed := func(who string, n int) bool { return who == "alloc.arena" && n >= 3 && n%2 == 1 }
	wants(t, plant(t, faulty{skip: timed}, nil), map[string]string{"arena": "wrong result: digest"})
}

func TestOneBitUnderOneStrategyBlamesThatOne(t *testing.T) {
	lowest := func(who string, _ int, output []float64) {
		if who == "alloc.arena" {
			output[7] = math.Nextafter(output[7], 0)
		}
	}
	for _, strategies := range [][]string{{"arena"}, {"arena", "slab"}, {"slab", "arena"}} {
		results := plant(t, faulty{spoil: lowest}, func(c *Config) { c.Strategies = strategies })
		wants(t, results, map[string]string{"arena": "differs from the verified one"})
	}
}

func TestOneBitUnderAllStrategiesIsFound(t *testing.T) {
	for bit := range 64 {
		if bit < 10 {
			continue // worth less than the bound on rounding
		}
		flip := func(_ string, _ int, output []float64) {
			output[7] = math.Float64frombits(math.Float64bits(output[7]) ^ 1<<bit)
		}
		const want = "whatever the strategy: element [1 2] is"
		wants(t, plant(t, faulty{spoil: flip}, nil), map[string]string{"arena": want, "slab": want})
	}
}

func TestStoredDigestsAreHonoured(t *testing.T) {
	program, inputs := matrices(t)
	c := &contraction{&Config{}, program, inputs}
	sound, err := Run(context.Background(), program, inputs, Config{Strategies: []string{"slab"}, Pace: Pace{Runs: 1}})
	if err != nil {
		t.Fatal(err)
	}
	stored := sound[0].Digest
	// The bound is too loose for this instance's own figures to differ within it.
	results := plant(t, faulty{}, func(c *Config) { c.Stored = stored })
	wants(t, results, nil)
	stored.Value.L2 *= 1 + 1e-9
	const want = "differs from the stored one"
	wants(t, plant(t, faulty{}, func(c *Config) { c.Stored = stored }), map[string]string{"arena": want, "slab": want})
	e := expectation{by: result.CheckBits}
	if _, err := c.contractFresh(context.Background(), c.prepare, &e); err != nil {
		t.Fatal(err)
	}
	c.config.Stored = sound[0].Digest
	if err := c.compareStored(&e); err != nil || e.by != result.CheckDigest {
		t.Errorf("a result that has the stored digest and was not verified: checked %q, error %v", e.by, err)
	}
}

func TestFasterThanTheMachineIsAnError(t *testing.T) {
	slow := func(again float64) func(*Config) {
		return func(c *Config) { c.PeakFlops, c.Repeak = 1, func() float64 { return again } }
	}
	wants(t, plant(t, faulty{}, slow(1)), map[string]string{"arena": "too fast", "slab": "too fast"})
	wants(t, plant(t, faulty{}, slow(1e15)), nil) // the first peak was measured in a disturbed moment
	wants(t, plant(t, faulty{}, func(c *Config) { c.PeakFlops = 1 }), nil)
}

func TestCheckChoosesWhatItCosts(t *testing.T) {
	for _, c := range []struct {
		check Check
		limit int64
		want  string
	}{
		{CheckAuto, 0, ""},
		{CheckAuto, 1 << 30, ""},
		{CheckAuto, 1000, "the memory is too small for it"},
		{CheckOn, 1 << 30, ""},
		{CheckOff, 0, "--check is off"},
	} {
		program, inputs := matrices(t)
		results, err := Run(context.Background(), program, inputs, Config{Strategies: []string{"slab", "arena"}, Pace: Pace{Runs: 1}, Check: c.check, Limit: c.limit})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			if r.Error != "" || r.Unverified != c.want || (r.Check == result.CheckVerified) != (c.want == "") {
				t.Errorf("--check %v with %d bytes, %s: error %q, checked %q, %q, want %q", c.check, c.limit, r.Alloc, r.Error, r.Check, r.Unverified, c.want)
			}
		}
	}
	program, inputs := matrices(t)
	results, err := Run(context.Background(), program, inputs, Config{Strategies: []string{"slab"}, Pace: Pace{Runs: 1}, Check: CheckOn, Limit: 1000})
	if err != nil || len(results[0].Samples) > 0 || !strings.Contains(results[0].Error, "the limit is 1000") {
		t.Errorf("--check on with 1000 bytes: %d samples, error %q, %v", len(results[0].Samples), results[0].Error, err)
	}
	if got, err := ParseCheck("off"); got != CheckOff || err != nil {
		t.Errorf("ParseCheck(off) = %v, %v", got, err)
	}
	if _, err := ParseCheck("maybe"); err == nil {
		t.Error("ParseCheck takes maybe")
	}
}

// chainOf is a product of square matrices of ones.
func chainOf(t *testing.T, d dtype.Type, matrices, dim int) (*contract.Program, [][]byte) {
	t.Helper()
	in := &instance.Instance{Name: "chain", DType: d, Dims: []int{dim}, Names: []rune{'a'}}
	var pairs [][2]int
	for i := range matrices {
		in.Dims, in.Names = append(in.Dims, dim), append(in.Names, rune(0x100+i))
		in.Inputs = append(in.Inputs, []instance.Label{instance.Label(i), instance.Label(i + 1)})
		if i > 0 {
			pairs = append(pairs, [2]int{0, matrices - i})
		}
	}
	in.Output = []instance.Label{0, instance.Label(matrices)}
	in.Paths = []instance.Path{{Name: "p", Pairs: pairs}}
	program, err := contract.Compile(in, in.Paths[0], contract.Options{})
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := in.Data(instance.Ones, 1)
	if err != nil {
		t.Fatal(err)
	}
	return program, inputs
}

// scale multiplies all numbers of the inputs.
func scale(d dtype.Type, inputs [][]byte, by float64) {
	for _, b := range inputs {
		if d.Size() == 4 || d == dtype.Complex64 {
			for i, v := range dtype.View[float32](b) {
				dtype.View[float32](b)[i] = v * float32(by)
			}
		} else {
			for i, v := range dtype.View[float64](b) {
				dtype.View[float64](b)[i] = v * by
			}
		}
	}
}

func TestNumbersOutOfRangeAreNamed(t *testing.T) {
	for _, d := range dtype.All {
		for _, c := range []struct {
			by   float64
			want []string
		}{
			{1.0 / 8, nil}, // products of ones stay ones
			{1, map[bool][]string{true: {"infinite"}}[d == dtype.Float32 || d == dtype.Complex64]},
			{1.0 / 64, map[bool][]string{true: {"subnormal", "nothing but zeros"}}[d == dtype.Float32 || d == dtype.Complex64]},
			{0x1p40, []string{"infinite"}},
			{0x1p-40, []string{"nothing but zeros"}},
		} {
			program, inputs := chainOf(t, d, 60, 8)
			scale(d, inputs, c.by)
			results, err := Run(context.Background(), program, inputs, Config{Strategies: []string{"slab"}, Pace: Pace{Runs: 1}, Fill: "ones"})
			if err != nil {
				t.Fatal(err)
			}
			r := results[0]
			if r.Error != "" || (r.Unsound == "") != (c.want == nil) {
				t.Errorf("%v, ones times %g: error %q, out of range %q", d, c.by, r.Error, r.Unsound)
			}
			for _, w := range c.want {
				if !strings.Contains(r.Unsound, w) {
					t.Errorf("%v, ones times %g: out of range %q, want %q in it", d, c.by, r.Unsound, w)
				}
			}
			if warnings := Warnings(results, "ones"); c.want != nil && !strings.Contains(fmt.Sprint(warnings), "range") {
				t.Errorf("%v, ones times %g: warnings %v, want one of the range", d, c.by, warnings)
			}
		}
	}
}

func TestZerosThatWereAskedForAreNoFinding(t *testing.T) {
	program, inputs := chainOf(t, dtype.Float64, 5, 3)
	scale(dtype.Float64, inputs, 0)
	for fill, found := range map[string]bool{"zeros": false, "ones": true} {
		results, err := Run(context.Background(), program, inputs, Config{Strategies: []string{"slab"}, Pace: Pace{Runs: 1}, Fill: fill})
		if err != nil || results[0].Error != "" || (results[0].Unsound != "") != found {
			t.Errorf("zeros with --fill %s: %v, error %q, out of range %q", fill, err, results[0].Error, results[0].Unsound)
		}
	}
}

// TestResultsAreApart: a result that two strategies or streams share would be
// checked twice and computed once.
func TestResultsAreApart(t *testing.T) {
	program, inputs := matrices(t)
	c := Config{Strategies: []string{"slab", "arena"}, Pace: Pace{Runs: 1}, Streams: 2}
	m := newMeasurement(&contraction{&c, program, inputs}, result.Result{}, c)
	seen := map[*byte]bool{}
	for i := range c.Strategies {
		k := m.enter(context.Background(), i)
		defer m.leave(k)
		for _, s := range k.team.streams {
			if p := &s.runner.output()[0]; seen[p] {
				t.Errorf("%s: a result has the memory of another", k.spec)
			} else {
				seen[p] = true
			}
		}
	}
}
