package report

import (
	"cmp"
	"math"
	"slices"

	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/result"
)

// InspectSchema names the format of the JSON that WriteInspections writes.
const InspectSchema = "tnbench-inspect/1"

// Inspection is what an instance's metadata says.
type Inspection struct {
	Instance string           `json:"instance"`
	DType    string           `json:"dtype"`
	Output   Output           `json:"output"`
	Inputs   Tensors          `json:"inputs"`
	Labels   Labels           `json:"labels"`
	Paths    []PathInspection `json:"paths"` // those that were asked for
}

// Output describes the network's result.
type Output struct {
	Labels   string `json:"labels"` // as the format string has them; empty for a scalar
	Shape    []int  `json:"shape"`
	Elements int    `json:"elements"`
}

// Tensors sums up the sizes of tensors, in elements.
type Tensors struct {
	Count          int     `json:"count"`
	MinElements    int     `json:"min_elements"`
	MaxElements    int     `json:"max_elements"`
	MeanElements   float64 `json:"mean_elements"`
	MedianElements float64 `json:"median_elements"`
	TotalElements  float64 `json:"total_elements"` // exact below 2^53, as all totals
	TotalBytes     float64 `json:"total_bytes"`
	MinRank        int     `json:"min_rank"`
	MaxRank        int     `json:"max_rank"`
}

// PathInspection is what one path makes of the network.
type PathInspection struct {
	Path        string                `json:"path"`
	Steps       int                   `json:"steps"`
	Flops       float64               `json:"flops"`
	Log10Flops  result.Maybe[float64] `json:"log10_flops,omitzero"` // absent if there are none
	Log2Largest float64               `json:"log2_largest"`         // of the elements of the largest step result
	// Results are those of all steps: the intermediates and, last, the network's.
	Results Tensors `json:"results"`
	// PeakLive has an entry per execution order.
	PeakLive  []PeakLive `json:"peak_live"`
	Costliest []StepCost `json:"costliest_steps"` // by falling flops
}

// PeakLive is the memory that intermediates need at least when the steps run in
// one order.
type PeakLive struct {
	Order             string `json:"order"`
	IntermediateBytes int    `json:"intermediate_bytes"`
	// Bytes counts the temporaries of the kernels too.
	Bytes int `json:"bytes"`
}

// StepCost describes one step as a batch of Batch products of an M×K by a K×N
// matrix. LeftSum and RightSum are the elements of one operand that are summed
// into one before or while it is multiplied.
type StepCost struct {
	Step     int `json:"step"` // position in the path, from 0
	Batch    int `json:"batch"`
	M        int `json:"m"`
	N        int `json:"n"`
	K        int `json:"k"`
	LeftSum  int `json:"left_sum"`
	RightSum int `json:"right_sum"`

	Kernel      string `json:"kernel"`
	LeftAccess  string `json:"left_access"`
	RightAccess string `json:"right_access,omitempty"` // a tensor alone has no right operand
	BytesMoved  int    `json:"bytes_moved,omitempty"`  // as the kernel estimates; absent if it does not

	Flops      float64 `json:"flops"`
	FlopsShare float64 `json:"flops_share"` // of all steps
}

// Inspect describes in without any path.
func Inspect(in *instance.Instance) Inspection {
	ranks := make([]int, len(in.Inputs))
	for t, labels := range in.Inputs {
		ranks[t] = len(labels)
	}
	return Inspection{
		Instance: in.Name,
		DType:    in.DType.String(),
		Output:   outputOf(in),
		Inputs:   tensors(inputElements(in), ranks, in.DType.Size()),
		Labels:   labelsOf(in),
		Paths:    []PathInspection{},
	}
}

// outputOf describes the output of in.
func outputOf(in *instance.Instance) Output {
	elements, _ := in.Elements(in.Output)
	return Output{Labels: in.Spell(in.Output), Shape: in.Shape(in.Output), Elements: elements}
}

// AddPath adds a program of the same instance, with its top costliest steps.
// Its execution order does not matter.
func (i *Inspection) AddPath(p *contract.Program, top int) {
	t := treeOf(p)
	ranks := make([]int, len(t.steps))
	for k, s := range t.steps {
		ranks[k] = len(s.Kept())
	}
	results := tensors(t.elements(), ranks, p.DType().Size())
	one := PathInspection{
		Path:        p.Path,
		Steps:       len(t.steps),
		Flops:       p.Flops,
		Log2Largest: math.Log2(float64(results.MaxElements)),
		Results:     results,
		Costliest:   t.costliest(p, top),
	}
	if p.Flops > 0 {
		one.Log10Flops = result.Measured(math.Log10(p.Flops))
	}
	for _, o := range []path.Order{path.AsWritten, path.DepthFirst, path.LowestPeak} {
		order := t.order(o)
		one.PeakLive = append(one.PeakLive, PeakLive{
			Order:             o.String(),
			IntermediateBytes: t.peakLive(order, false),
			Bytes:             t.peakLive(order, true),
		})
	}
	i.Paths = append(i.Paths, one)
}

// tensors sums up sizes, which it sorts.
func tensors(sizes, ranks []int, elementBytes int) Tensors {
	slices.Sort(sizes)
	n := len(sizes)
	t := Tensors{
		Count:          n,
		MinElements:    sizes[0],
		MaxElements:    sizes[n-1],
		MedianElements: (float64(sizes[(n-1)/2]) + float64(sizes[n/2])) / 2,
		MinRank:        slices.Min(ranks),
		MaxRank:        slices.Max(ranks),
	}
	for _, size := range sizes {
		t.TotalElements += float64(size)
	}
	t.MeanElements = t.TotalElements / float64(n)
	t.TotalBytes = t.TotalElements * float64(elementBytes)
	return t
}

// costliest returns the top steps by flops; of equals the earlier first.
func (t *tree) costliest(p *contract.Program, top int) []StepCost {
	order := make([]int, len(t.steps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(t.steps[b].Flops, t.steps[a].Flops) })
	costs := make([]StepCost, 0, min(top, len(order)))
	for _, i := range order[:min(top, len(order))] {
		costs = append(costs, stepCost(p, t.steps[i], i))
	}
	return costs
}

// stepCost describes step s, the i-th of the path.
func stepCost(p *contract.Program, s *contract.Step, i int) StepCost {
	extent := func(c path.Class) int {
		n, _ := p.Instance.Elements(s.Labels(c))
		return n
	}
	c := StepCost{
		Step:  i,
		Batch: extent(path.Batch), M: extent(path.LeftFree), N: extent(path.RightFree), K: extent(path.Contracted),
		LeftSum: extent(path.LeftSum), RightSum: extent(path.RightSum),
		Kernel:     s.Kernel.Class,
		LeftAccess: s.Kernel.A.String(),
		BytesMoved: s.Kernel.BytesMoved,
		Flops:      s.Flops,
	}
	if s.Right != path.NoTensor {
		c.RightAccess = s.Kernel.B.String()
	}
	if p.Flops > 0 {
		c.FlopsShare = s.Flops / p.Flops
	}
	return c
}
