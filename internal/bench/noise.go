package bench

import (
	"fmt"
	"math"
	"slices"

	"tnbench/internal/result"
	"tnbench/internal/stats"
	"tnbench/internal/warning"
)

// Least numbers of samples from which on their order and their shape tell anything.
const (
	leastForFirst = 8
	leastForShape = 20
)

// noiseOf returns what the samples of one program tell of how they came about: none
// of it moves a paired ratio much, but medians and what one makes of them.
func noiseOf(results []result.Result) (all []warning.Warning) {
	var measured []*result.Result
	for i := range results {
		if r := &results[i]; len(r.Samples) > 0 && r.Median.Value > 0 {
			measured = append(measured, r)
		}
	}
	if len(measured) == 0 {
		return nil
	}
	program := measured[0].Label() + ", " + measured[0].Path
	if rule := result.RuleOf(results); len(measured) > 1 && len(measured[0].Samples) < stats.LeastRounds(rule.Confidence) {
		all = append(all, warning.Warning{
			Code: "few-rounds", Subject: program,
			Message: fmt.Sprintf("%d rounds are too few for an interval of ratios", len(measured[0].Samples)),
			Remedy:  fmt.Sprintf("use --runs %d or more", stats.LeastRounds(rule.Confidence)),
		})
	}
	if measured[0].Cold {
		return all
	}
	if by, slow := firstRound(levelsOf(measured, slices.Min[[]float64])); slow {
		all = append(all, warning.Warning{
			Code: "first-round", Subject: program,
			Message: fmt.Sprintf("in the first round every strategy took %.0f %% longer than its median, or more, and longer than in any other", by*100),
			Remedy:  "warm up for longer: --warmup 5s",
		})
	}
	if by, drifts := drift(levelsOf(measured, stats.Median[float64])); drifts {
		all = append(all, warning.Warning{
			Code: "drift", Subject: program,
			Message: fmt.Sprintf("the last third of the rounds took %+.0f %% of time against the first: the machine changed meanwhile", by*100),
			Remedy:  "ratios are paired by rounds and hold; for times warm up for longer (--warmup 5s), or repeat on a quieter machine",
		})
	}
	for _, r := range measured {
		all = append(all, shapeOf(r)...)
	}
	return all
}

// levelsOf returns the logarithm of how long each round took, against the medians:
// one for all strategies, so that it is the machine's and no strategy's.
func levelsOf(measured []*result.Result, one func([]float64) float64) []float64 {
	rounds := math.MaxInt
	for _, r := range measured {
		rounds = min(rounds, len(r.Samples))
	}
	levels := make([]float64, rounds)
	each := make([]float64, len(measured))
	for i := range levels {
		for k, r := range measured {
			each[k] = logOf(r.Samples[i]) - logOf(r.Median.Value)
		}
		levels[i] = one(each)
	}
	return levels
}

// logOf is the logarithm of a time; none is so short.
func logOf(ns float64) float64 { return math.Log(max(ns, 1e-3)) }

// firstRound reports whether the first round stands out, and by which share: it is
// as far beyond all others as the next one is beyond the median.
func firstRound(levels []float64) (by float64, slow bool) {
	const least = 0.1
	if len(levels) < leastForFirst {
		return 0, false
	}
	middle, most := stats.Median(levels[1:]), slices.Max(levels[1:])
	beyond := levels[0] - middle
	return math.Expm1(beyond), beyond > math.Log1p(least) && levels[0]-most > most-middle
}

// drift reports whether later rounds take longer, or shorter, than earlier ones, and by
// which share: nearly all of the last third are beyond the median of the first, and
// the other way round, by more than neighbouring rounds differ.
func drift(levels []float64) (by float64, drifts bool) {
	const (
		least  = 0.1
		nearly = 0.9
	)
	if len(levels) < leastForShape {
		return 0, false
	}
	third := len(levels) / 3
	early, late := levels[:third], levels[len(levels)-third:]
	before, after := stats.Median(early), stats.Median(late)
	steps := make([]float64, len(levels)-1)
	for i := range steps {
		steps[i] = math.Abs(levels[i+1] - levels[i])
	}
	change := math.Abs(after - before)
	if change < math.Log1p(least) || change < 2*stats.Median(steps) {
		return 0, false
	}
	beyond := func(values []float64, middle float64, above bool) float64 {
		n := 0
		for _, v := range values {
			if v > middle == above {
				n++
			}
		}
		return float64(n) / float64(len(values))
	}
	drifts = beyond(late, before, after > before) >= nearly && beyond(early, after, after < before) >= nearly
	return math.Expm1(after - before), drifts
}

// shapeOf returns what is to be said of the distribution of a strategy's samples.
func shapeOf(r *result.Result) (all []warning.Warning) {
	if len(r.Samples) < leastForShape {
		return nil
	}
	sorted := slices.Sorted(slices.Values(r.Samples))
	subject := r.Subject()
	if cut, two := twoGroups(sorted); two {
		fast, slow := stats.Median(sorted[:cut]), stats.Median(sorted[cut:])
		all = append(all, warning.Warning{
			Code: "two-groups", Subject: subject,
			Message: fmt.Sprintf("samples fall into two groups with nothing between: %.0f %% of them take %.2f times as long as the others", 100*float64(len(sorted)-cut)/float64(len(sorted)), slow/fast),
			Remedy:  "the median is that of the larger group: look at samples_ns in JSON, and for a collector or another program that comes and goes",
		})
	}
	if far, most := farOut(sorted); far > 0 {
		all = append(all, warning.Warning{
			Code: "far-out", Subject: subject,
			Message: fmt.Sprintf("%d of %d samples are far beyond the others, up to %.3g times the median", far, len(sorted), most),
			Remedy:  "they are kept, and medians and ratios hardly feel them; where the slowest case matters look at samples_ns in JSON",
		})
	}
	return all
}

// twoGroups returns where sorted samples fall apart: each group has a fifth of them,
// and the gap between is wider than either group's middle half, three times over.
func twoGroups(sorted []float64) (cut int, two bool) {
	const (
		share = 0.2
		least = 0.05
		times = 3
	)
	widest := 0.0
	few := max(3, int(share*float64(len(sorted))))
	for i := few; i <= len(sorted)-few; i++ {
		if gap := logOf(sorted[i]) - logOf(sorted[i-1]); gap > widest {
			cut, widest = i, gap
		}
	}
	if widest < math.Log1p(least) {
		return 0, false
	}
	spread := func(group []float64) float64 {
		q1, _, q3 := stats.Quartiles(group)
		return logOf(q3) - logOf(q1)
	}
	return cut, widest > times*max(spread(sorted[:cut]), spread(sorted[cut:]))
}

// farOut returns how many of sorted samples are ten deviations above the median and
// half as long again, if a tenth of them is, and how many times the median the
// last one takes.
func farOut(sorted []float64) (far int, most float64) {
	const (
		deviations = 10
		normal     = 1.4826 // a standard deviation in median deviations
		beyond     = 1.5
		share      = 0.1
		few        = 3
	)
	middle := stats.Median(sorted)
	deviation := make([]float64, len(sorted))
	for i, v := range sorted {
		deviation[i] = math.Abs(v - middle)
	}
	limit := max(middle+deviations*normal*stats.Median(deviation), beyond*middle)
	first, _ := slices.BinarySearch(sorted, limit)
	if far = len(sorted) - first; float64(far) < max(few, share*float64(len(sorted))) {
		return 0, 0
	}
	return far, sorted[len(sorted)-1] / middle
}
