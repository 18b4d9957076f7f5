package tune

import (
	"context"
	"math/rand/v2"
	"time"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/region"
	"tnbench/internal/result"
	"tnbench/internal/stats"
)

const (
	// rounds is how often each candidate is contracted, leastRounds if that takes longer
	// than patience.
	rounds, leastRounds = 7, 3
	patience            = 20 * time.Second
	// minGain is the part of its time that a candidate must save to be worth it.
	minGain = 0.03
	// within is how many times as long a kernel may be forecast to take that is tried: what
	// forecasts of single steps have been seen to err by.
	within = 2
	// worth is the part of the time of all steps below which a step is left alone.
	worth = 0.002
)

// measurement contracts programs.
type measurement struct {
	ctx         context.Context
	inputs      [][]byte
	workers     *nest.Workers
	options     Options
	rng         *rand.Rand
	done, total int
}

func newMeasurement(ctx context.Context, inputs [][]byte, threads int, o Options) *measurement {
	m := &measurement{ctx: ctx, inputs: inputs, options: o, rng: rand.New(rand.NewPCG(1, 2))}
	if threads > 1 {
		m.workers = nest.NewWorkers(threads)
	}
	return m
}

func (m *measurement) close() {
	if m.workers != nil {
		m.workers.Close()
	}
}

// choose finds what is fastest: first which steps run slice by slice, then the kernels.
func (m *measurement) choose(p *contract.Program) (result.Tuned, error) {
	found := result.Tuned{Ratio: 1}
	regions, ratio, best, err := m.chooseRegions(p)
	if err != nil {
		return found, err
	}
	found.Regions, found.Ratio = regions, ratio
	kernels, err := m.chooseKernels(best)
	if err != nil || len(kernels) == 0 {
		return found, err
	}
	ratio, err = m.confirm(best, kernels)
	if ratio > 1 {
		found.Kernels = kernels
		found.Ratio *= ratio
	}
	return found, err
}

// confirm contracts a program with other kernels, all together, and as it is. It returns how
// many times as fast it is by what the steps with other kernels save, 1 if they don't save
// anything in each round, or if the whole is slower: what one kernel leaves in the caches
// another may find, or not.
func (m *measurement) confirm(p *contract.Program, kernels map[int]string) (ratio float64, err error) {
	other, err := p.By(kernels)
	if err != nil {
		return 1, err
	}
	times, err := m.contract(p, other)
	if err != nil {
		return 1, err
	}
	before, after := times[0].of(kernels), times[1].of(kernels)
	if _, saves := faster(before, after, minGain); !saves {
		return 1, nil
	}
	if _, slower := faster(times[1].whole, times[0].whole, 0); slower {
		return 1, nil
	}
	saved := stats.Median(before) - stats.Median(after)
	whole := stats.Median(times[0].whole)
	return whole / (whole - saved), nil
}

// chooseRegions returns the regions that are fastest, "" for those that there are, how many
// times as fast they are, and the program with them.
func (m *measurement) chooseRegions(p *contract.Program) (name string, most float64, best *contract.Program, err error) {
	best, most = p, 1
	if p.Options().Regions != region.Auto {
		return "", 1, p, nil
	}
	names, programs := []string{""}, []*contract.Program{p}
	for _, mode := range []region.Mode{region.Off, region.Max} {
		other, err := with(p, mode)
		if err != nil {
			return "", 1, nil, err
		}
		if other.Hash() != programs[len(programs)-1].Hash() && other.Hash() != p.Hash() && m.options.Fits(other) {
			names, programs = append(names, mode.String()), append(programs, other)
		}
	}
	if len(programs) == 1 {
		return "", 1, p, nil
	}
	times, err := m.contract(programs...)
	if err != nil {
		return "", 1, nil, err
	}
	for i := 1; i < len(programs); i++ {
		if ratio, sure := faster(times[0].whole, times[i].whole, minGain); sure && ratio > most {
			name, best, most = names[i], programs[i], ratio
		}
	}
	return name, most, best, nil
}

// chooseKernels returns the kinds of kernels that are faster than those that steps have. All
// steps try theirs at once: the first kinds in one program, the second ones in the next.
func (m *measurement) chooseKernels(p *contract.Program) (map[int]string, error) {
	names := m.candidates(p)
	programs := []*contract.Program{p}
	for turn := 0; ; turn++ {
		by := make(map[int]string)
		for i, others := range names {
			if turn < len(others) {
				by[i] = others[turn]
			}
		}
		if len(by) == 0 {
			break
		}
		other, err := p.By(by)
		if err != nil {
			return nil, err
		}
		if !m.options.Fits(other) {
			break // kernels need more scratch memory than there is
		}
		programs = append(programs, other)
	}
	if len(programs) == 1 {
		return nil, nil
	}
	times, err := m.contract(programs...)
	if err != nil {
		return nil, err
	}
	chosen := make(map[int]string)
	for i, others := range names {
		most := 1.0
		for turn := range min(len(others), len(programs)-1) {
			if ratio, sure := faster(times[0].steps[i], times[1+turn].steps[i], minGain); sure && ratio > most {
				chosen[i], most = others[turn], ratio
			}
		}
	}
	return chosen, nil
}

// candidates returns the kinds of kernels that are worth trying, by step.
func (m *measurement) candidates(p *contract.Program) map[int][]string {
	names := make(map[int][]string)
	cycles := p.StepCycles()
	total := 0.0
	for _, c := range cycles {
		total += c
	}
	for i, c := range cycles {
		if c < worth*total {
			continue
		}
		if others := p.Others(i, within); len(others) > 0 {
			names[i] = others
		}
	}
	return names
}

// times are what a program took, by round.
type times struct {
	whole []float64   // seconds
	steps [][]float64 // by step, all slices together
}

// of returns what some steps took together, by round.
func (t *times) of(steps map[int]string) []float64 {
	sums := make([]float64, len(t.whole))
	for i := range steps {
		for round, took := range t.steps[i] {
			sums[round] += took
		}
	}
	return sums
}

// contract contracts programs in rounds, each time in another order and in other memory.
func (m *measurement) contract(programs ...*contract.Program) ([]times, error) {
	all := make([]times, len(programs))
	for i, p := range programs {
		all[i].steps = make([][]float64, len(p.Steps))
	}
	start := time.Now()
	m.total += rounds * len(programs)
	for round := range rounds {
		if round >= leastRounds && time.Since(start) > patience {
			m.total -= (rounds - round) * len(programs)
			break
		}
		for _, i := range m.rng.Perm(len(programs)) {
			if m.options.Progress != nil {
				m.options.Progress(m.done, m.total)
			}
			if err := m.once(programs[i], &all[i]); err != nil {
				return nil, err
			}
			m.done++
		}
	}
	return all, nil
}

// once contracts a program twice, and times the second time.
func (m *measurement) once(p *contract.Program, into *times) error {
	strategy, err := alloc.New("planned")
	if err != nil {
		return err
	}
	defer strategy.Close()
	e, err := contract.NewExecutor(p, strategy, m.inputs, contract.Execution{Workers: m.workers})
	if err != nil {
		return err
	}
	defer context.AfterFunc(m.ctx, e.Interrupt)()
	steps := make([]time.Duration, len(p.Steps))
	e.Wrap(func(i int, k nest.Kernel) nest.Kernel { return &clocked{k, &steps[i]} })
	output := dtype.MakeBytes(p.ResultBytes())
	var took time.Duration
	for range 2 {
		clear(steps)
		from := time.Now()
		if err := e.Run(output); err != nil {
			if m.ctx.Err() != nil {
				return m.ctx.Err()
			}
			return err
		}
		took = time.Since(from)
	}
	into.whole = append(into.whole, took.Seconds())
	for i, d := range steps {
		into.steps[i] = append(into.steps[i], d.Seconds())
	}
	return nil
}

// clocked adds up what a kernel takes.
type clocked struct {
	nest.Kernel
	took *time.Duration
}

// Run implements [nest.Kernel].
func (k *clocked) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	from := time.Now()
	k.Kernel.Run(env, c, a, b)
	*k.took += time.Since(from)
}

// faster returns how many times as long the one took as the other, the median over the
// rounds, and whether the other was faster in each of them, but for one of seven that was
// disturbed, and by more than a part in all.
func faster(one, other []float64, by float64) (ratio float64, sure bool) {
	ratios := make([]float64, len(one))
	slower := 0
	for i := range one {
		if ratios[i] = one[i] / other[i]; ratios[i] <= 1 {
			slower++
		}
	}
	ratio = stats.Median(ratios)
	return ratio, slower <= len(one)/rounds && ratio > 1/(1-by)
}
