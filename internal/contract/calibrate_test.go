package contract

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/peaks"
	"tnbench/internal/stats"
)

// drawn is a step drawn at random: what it is forecast to take and what it takes, in cycles;
// and the fastest kernel of another kind, if one is faster.
type drawn struct {
	point
	dtype           dtype.Type
	class           string
	at              level
	forecast, taken float64
	other           string
	least           float64 // of all kernels
}

// off returns how many times as long the step takes as is forecast.
func (d *drawn) off() float64 { return d.taken / d.forecast }

// level is the nearest memory that holds all operands of a step.
type level int

const (
	secondLevel level = iota
	thirdLevel
	mainMemory
)

func (l level) String() string { return [...]string{"second level", "third level", "memory"}[l] }

// levelOf returns the nearest memory that holds so many bytes.
func levelOf(bytes int) level {
	switch c := &model.Here.Caches; {
	case bytes <= c.Second:
		return secondLevel
	case bytes <= c.Third:
		return thirdLevel
	}
	return mainMemory
}

// extents draws how large the four groups of labels of a step are, as powers of two. Each
// kind of step that networks have is drawn as often as the others.
func extents(rng *rand.Rand) (batch, m, n, k int) {
	bits := func(low, high int) int { return low + rng.IntN(high-low+1) }
	switch rng.IntN(7) {
	case 0: // small tensors
		return bits(0, 2), bits(0, 3), bits(0, 3), bits(0, 3)
	case 1: // products of matrices
		return bits(0, 3), bits(2, 10), bits(2, 10), bits(2, 10)
	case 2: // a large tensor and a small one
		return bits(0, 2), bits(8, 20), bits(0, 4), bits(1, 5)
	case 3: // outer products
		return bits(0, 2), bits(2, 11), bits(2, 11), 0
	case 4: // long sums
		return bits(0, 2), bits(0, 6), bits(0, 6), bits(8, 18)
	case 5: // many small products, and elementwise ones
		return bits(8, 20), bits(0, 2), bits(0, 2), bits(0, 2)
	}
	return 0, bits(0, 12), 0, bits(4, 18) // sums of one tensor
}

// draw draws a step. Its labels have one dimension and its powers; the axes of a tensor are
// some runs of labels of the same group.
func draw(rng *rand.Rand) point {
	batch, m, n, k := extents(rng)
	alone := n == 0 && batch == 0 && rng.IntN(2) == 0
	dim, perBit := 2, 1.0
	if rng.IntN(4) == 0 {
		dim, perBit = 3, 1/math.Log2(3)
	}
	p := point{dims: map[rune]int{}, work: 1}
	next := 'a'
	group := func(bits int) (labels []rune) {
		for left := int(perBit * float64(bits)); left > 0; next++ {
			power := 1
			for power < left && rng.IntN(3) > 0 {
				power++
			}
			left -= power
			p.dims[next] = int(math.Pow(float64(dim), float64(power)))
			p.work *= float64(p.dims[next])
			labels = append(labels, next)
		}
		return labels
	}
	b, rows, cols, sums := group(batch), group(m), group(n), group(k)
	axes := func(groups ...[]rune) string {
		var pieces [][]rune
		for _, g := range groups {
			for len(g) > 0 {
				n := 1 + rng.IntN(len(g))
				pieces = append(pieces, g[:n])
				g = g[n:]
			}
		}
		rng.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		return string(slices.Concat(pieces...))
	}
	p.format = axes(b, rows, sums)
	if !alone {
		p.format += "," + axes(b, cols, sums)
	}
	p.format += "->" + axes(b, rows, cols)
	return p
}

// mostAlike is how many steps of a class whose operands lie in the same memory are measured.
const mostAlike = 30

// drawSteps measures steps of all classes.
func drawSteps(b *testing.B) []drawn {
	const (
		draws         = 3000
		cyclesPerStep = 4 // of [peaks.Speed]: a multiplication of integers and an addition
	)
	rng := rand.New(rand.NewPCG(14, 1))
	var all []drawn
	count := map[string]int{}
	for range draws {
		d := drawn{point: draw(rng), dtype: dtype.All[rng.IntN(len(dtype.All))]}
		program, err := d.program(d.dtype)
		if err != nil {
			b.Fatalf("%v: %v", &d.point, err)
		}
		if program == nil || len(program.Steps) == 0 || d.work < 2 {
			continue
		}
		step := &program.Steps[len(program.Steps)-1]
		d.class, d.at = step.Kernel.Class, levelOf(nest.BytesMoved(program.Spec(step)))
		alike := fmt.Sprint(d.class, d.at)
		if count[alike]++; count[alike] > mostAlike {
			continue
		}
		for _, cycles := range program.StepCycles() {
			d.forecast += cycles
		}
		cycles := cyclesPerStep * peaks.Speed() / 1e9
		ns, err := leastTime(program)
		if err != nil {
			b.Fatalf("%v: %v", &d.point, err)
		}
		d.taken = ns * cycles
		if err := d.tryOthers(program, cycles); err != nil {
			b.Fatalf("%v: %v", &d.point, err)
		}
		all = append(all, d)
	}
	return all
}

// tryOthers looks for a kernel of another kind that is faster, of those that are forecast to
// take less than twice as long; a nanosecond has so many cycles.
func (d *drawn) tryOthers(program *Program, cycles float64) error {
	d.least = d.taken
	last := len(program.Steps) - 1
	for _, name := range program.Others(last, 2) {
		other, err := program.By(map[int]string{last: name})
		if err != nil {
			return err
		}
		for range 2 { // in turns, as the machine is not equally fast all the time
			ns, err := leastTime(other)
			if err != nil {
				return err
			}
			if taken := ns * cycles; taken < d.least {
				d.other, d.least = name, taken
			}
			if ns, err = leastTime(program); err != nil {
				return err
			}
			d.taken = min(d.taken, ns*cycles)
		}
	}
	if d.least >= d.taken {
		d.other, d.least = "", d.taken
	}
	return nil
}

// BenchmarkCalibrate compares what steps are forecast to take with what they take: some
// hundred of all classes, with operands in each memory. It refits [model.Machine]: what it
// prints is by which factor a class is off, and how much its steps differ in that.
// TNBENCH_CALIBRATE names a file for all steps, as CSV. Run it with -benchtime 1x -v on a
// machine that does nothing else.
func BenchmarkCalibrate(b *testing.B) {
	var all []drawn
	for b.Loop() {
		all = drawSteps(b)
	}
	b.Logf("%s, measured: %v", model.Here.Name, model.Here.Measured)
	groups := map[string][]drawn{}
	for _, d := range all {
		name := fmt.Sprintf("%s, %v", d.class, d.at)
		groups[name] = append(groups[name], d)
		groups["all"] = append(groups["all"], d)
	}
	var lines strings.Builder
	fmt.Fprintf(&lines, "%-28s %6s %16s %8s %12s\n", "class, operands in", "steps", "taken / forecast", "spread", "taken / best")
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		middle, spread := offBy(groups[name])
		fmt.Fprintf(&lines, "%-28s %6d %16.2f %8.2f %12.3f\n", name, len(groups[name]), middle, spread, lost(groups[name]))
	}
	slices.SortFunc(all, func(x, y drawn) int {
		return cmp.Compare(math.Abs(math.Log(y.off())), math.Abs(math.Log(x.off())))
	})
	fmt.Fprintln(&lines, "furthest off:")
	for i := range all[:min(20, len(all))] {
		d := &all[i]
		fmt.Fprintf(&lines, "%6.2f  %s, %v, %v, %v: %.3g cycles\n", d.off(), d.class, d.at, d.dtype, &d.point, d.taken)
	}
	slices.SortFunc(all, func(x, y drawn) int { return cmp.Compare(y.taken/y.least, x.taken/x.least) })
	fmt.Fprintln(&lines, "another kernel is faster:")
	for i := range all[:min(20, len(all))] {
		if d := &all[i]; d.other != "" {
			fmt.Fprintf(&lines, "%6.2f  %s -> %s, %v, %v, %v: %.3g cycles\n", d.taken/d.least, d.class, d.other, d.at, d.dtype, &d.point, d.taken)
		}
	}
	b.Logf("\n%s", lines.String())
	middle, spread := offBy(all)
	b.ReportMetric(middle, "taken/forecast")
	b.ReportMetric(spread, "spread")
	b.ReportMetric(lost(all), "taken/best")
	b.ReportMetric(float64(len(all)), "steps")
	if file := os.Getenv("TNBENCH_CALIBRATE"); file != "" {
		if err := writeDrawn(file, all); err != nil {
			b.Fatal(err)
		}
	}
}

// offBy returns the median of what steps take in proportion to their forecasts, and the
// factor within which the middle half of them lie of it.
func offBy(steps []drawn) (middle, spread float64) {
	logs := make([]float64, len(steps))
	for i := range steps {
		logs[i] = math.Log(steps[i].off())
	}
	low, median, high := stats.Quartiles(logs)
	return math.Exp(median), math.Exp((high - low) / 2)
}

// lost returns how many times as long as with the best kernels steps take, in the geometric
// mean.
func lost(steps []drawn) float64 {
	sum := 0.0
	for i := range steps {
		sum += math.Log(steps[i].taken / steps[i].least)
	}
	return math.Exp(sum / float64(len(steps)))
}

// writeDrawn writes all steps as CSV.
func writeDrawn(file string, all []drawn) error {
	rows := [][]string{{"class", "operands_in", "dtype", "step", "forecast_cycles", "taken_cycles", "faster", "least_cycles"}}
	for i := range all {
		d := &all[i]
		rows = append(rows, []string{d.class, d.at.String(), d.dtype.String(), d.point.String(), fmt.Sprintf("%.4g", d.forecast), fmt.Sprintf("%.4g", d.taken), d.other, fmt.Sprintf("%.4g", d.least)})
	}
	return writeCSV(file, rows)
}
