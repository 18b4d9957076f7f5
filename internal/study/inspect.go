package study

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

// Inspections is the document of several inspections.
type Inspections struct {
	Schema      string       `json:"schema"`
	Interrupted bool         `json:"interrupted,omitempty"` // some are missing
	Instances   []Inspection `json:"instances"`
}

// Inspection is what an instance's metadata says.
type Inspection struct {
	Instance string           `json:"instance"`
	File     string           `json:"file,omitempty"`
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
	Elements Amount `json:"elements,omitzero"`
}

// Tensors sums up the sizes of tensors, in elements.
type Tensors struct {
	Count          int    `json:"count"`
	MinElements    Amount `json:"min_elements,omitzero"`
	MaxElements    Amount `json:"max_elements,omitzero"`
	MeanElements   Amount `json:"mean_elements,omitzero"`
	MedianElements Amount `json:"median_elements,omitzero"`
	TotalElements  Amount `json:"total_elements,omitzero"`
	TotalBytes     Amount `json:"total_bytes,omitzero"`
	MinRank        int    `json:"min_rank"`
	MaxRank        int    `json:"max_rank"`
}

// PathInspection is what one path makes of the network.
type PathInspection struct {
	Path        string                `json:"path"`
	Steps       int                   `json:"steps"`
	Flops       Amount                `json:"flops,omitzero"`
	Log10Flops  result.Maybe[float64] `json:"log10_flops,omitzero"` // absent if there are none
	Log2Largest float64               `json:"log2_largest"`         // of the elements of the largest step result
	// Results are those of all steps: the intermediates and, last, the network's.
	Results Tensors `json:"results"`
	// PeakLive has an entry per execution order.
	PeakLive  []PeakLive `json:"peak_live"`
	Costliest []StepCost `json:"costliest_steps"` // by falling flops
	// Streaming says what runs slice by slice; absent if nothing does. What stands above
	// holds without it.
	Streaming result.Maybe[Streaming] `json:"streaming,omitzero"`
	// Sliced says what is cut for the whole network; absent if nothing is. What stands above
	// holds without it.
	Sliced result.Maybe[result.Sliced] `json:"sliced,omitzero"`
	// TooLarge says why no machine can contract this: kernels and temporaries are
	// not known then.
	TooLarge string `json:"too_large,omitempty"`
}

// PeakLive is the memory that intermediates need at least when the steps run in
// one order.
type PeakLive struct {
	Order             string `json:"order"`
	IntermediateBytes Amount `json:"intermediate_bytes,omitzero"`
	// Bytes counts the temporaries of the kernels too.
	Bytes result.Maybe[Amount] `json:"bytes,omitzero"`
}

// Streaming is what a program does slice by slice, in the path's execution order.
type Streaming struct {
	Regions       []Region `json:"regions"`
	StreamedBytes int      `json:"streamed_bytes"` // of intermediates that are never stored
	// PeakLive is what is live at most, temporaries included, and PeakWithout what would
	// be if everything were stored.
	PeakLive    int `json:"peak_live_bytes"`
	PeakWithout int `json:"peak_live_without_bytes"`
}

// Region is steps that run slice by slice.
type Region struct {
	Steps         []int  `json:"steps"`          // positions in the path, from 0
	Labels        string `json:"labels"`         // that are cut, as the format string has them
	Parts         []int  `json:"parts"`          // into how many each is
	Slices        int    `json:"slices"`         // the product of these
	Added         int    `json:"added"`          // slices that add up to one of the last step's results
	StreamedBytes int    `json:"streamed_bytes"` // of intermediates that are never stored
}

// StepCost describes one step as a batch of Batch products of an M×K by a K×N
// matrix. LeftSum and RightSum are the elements of one operand that are summed
// into one before or while it is multiplied.
type StepCost struct {
	Step     int    `json:"step"` // position in the path, from 0
	Batch    Amount `json:"batch,omitzero"`
	M        Amount `json:"m,omitzero"`
	N        Amount `json:"n,omitzero"`
	K        Amount `json:"k,omitzero"`
	LeftSum  Amount `json:"left_sum,omitzero"`
	RightSum Amount `json:"right_sum,omitzero"`

	Kernel      string `json:"kernel,omitempty"`
	LeftAccess  string `json:"left_access,omitempty"`
	RightAccess string `json:"right_access,omitempty"` // a tensor alone has no right operand
	BytesMoved  int    `json:"bytes_moved,omitempty"`  // as the kernel estimates; absent if it does not

	Flops      Amount  `json:"flops,omitzero"`
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
		File:     in.Source,
		DType:    in.DType.String(),
		Output:   outputOf(in),
		Inputs:   tensors(inputElements(in), ranks, float64(in.DType.Size())),
		Labels:   labelsOf(in),
		Paths:    []PathInspection{},
	}
}

// outputOf describes the output of in.
func outputOf(in *instance.Instance) Output {
	return Output{Labels: in.Spell(in.Output), Shape: in.Shape(in.Output), Elements: Amount(in.Size(in.Output))}
}

// AddPath adds a program of the same instance, with its top costliest steps.
// Its execution order does not matter.
func (i *Inspection) AddPath(p *contract.Program, top int) {
	t := treeOf(p)
	i.add(&t, p.Path, top)
	steps := make(map[int]*contract.Step, len(p.Steps))
	for k := range p.Steps {
		steps[int(p.Steps[k].Out)-t.inputs] = &p.Steps[k]
	}
	costliest := i.Paths[len(i.Paths)-1].Costliest
	for k := range costliest {
		costliest[k].describe(steps[costliest[k].Step])
	}
}

// Stream adds to the last path what p, the same program with regions, does slice by slice.
func (i *Inspection) Stream(whole, p *contract.Program) {
	if len(p.Regions) == 0 {
		return
	}
	s := Streaming{StreamedBytes: p.StreamedBytes(), PeakLive: p.PeakLive, PeakWithout: whole.PeakLive}
	for g := range p.Regions {
		r := &p.Regions[g]
		one := Region{Slices: r.Slices(), Added: r.Adds}
		var labels []instance.Label
		for _, c := range r.Cuts {
			labels, one.Parts = append(labels, c.Label), append(one.Parts, c.Parts)
		}
		one.Labels = p.Instance.Spell(labels)
		for k := r.First; k <= r.Last; k++ {
			one.Steps = append(one.Steps, int(p.Steps[k].Out)-len(p.Instance.Inputs))
			if p.Steps[k].Streamed {
				one.StreamedBytes += p.Steps[k].Bytes
			}
		}
		s.Regions = append(s.Regions, one)
	}
	i.Paths[len(i.Paths)-1].Streaming = result.Measured(s)
}

// Slice adds to the last path how the whole network is sliced.
func (i *Inspection) Slice(s result.Maybe[result.Sliced]) { i.Paths[len(i.Paths)-1].Sliced = s }

// AddTree does the same with a network that is too large to be compiled along the
// path of that name.
func (i *Inspection) AddTree(from *path.Tree, name string, top int, tooLarge error) {
	t := newTree(from)
	i.add(&t, name, top)
	i.Paths[len(i.Paths)-1].TooLarge = tooLarge.Error()
}

// add adds what a tree tells.
func (i *Inspection) add(t *tree, name string, top int) {
	ranks := make([]int, len(t.steps))
	for k, s := range t.steps {
		ranks[k] = len(s.Kept())
	}
	cost := t.cost()
	one := PathInspection{
		Path:        name,
		Steps:       len(t.steps),
		Flops:       Amount(cost.Flops),
		Log2Largest: cost.Log2Size,
		Results:     tensors(t.elements(), ranks, t.bytes),
		Costliest:   t.costliest(cost, top),
	}
	if cost.Flops > 0 {
		one.Log10Flops = result.Measured(cost.Log10Flops)
	}
	for _, o := range []path.Order{path.AsWritten, path.DepthFirst, path.LowestPeak} {
		order := t.order(o)
		peak := PeakLive{Order: o.String(), IntermediateBytes: Amount(t.peakLive(order, false))}
		if t.scratch != nil {
			peak.Bytes = result.Measured(Amount(t.peakLive(order, true)))
		}
		one.PeakLive = append(one.PeakLive, peak)
	}
	i.Paths = append(i.Paths, one)
}

// cost returns what the steps cost.
func (t *tree) cost() path.Cost {
	if len(t.from.Steps) > 0 {
		return t.from.Cost()
	}
	lone, in := t.steps[0], t.from.Instance
	return path.Cost{Log2Size: in.Log2Size(lone.Kept()), Flops: lone.Flops, Log10Flops: math.Log10(2) * in.Log2Size(lone.All())}
}

// tensors sums up sizes, which it sorts.
func tensors(sizes []float64, ranks []int, elementBytes float64) Tensors {
	slices.Sort(sizes)
	n := len(sizes)
	t := Tensors{
		Count:          n,
		MinElements:    Amount(sizes[0]),
		MaxElements:    Amount(sizes[n-1]),
		MedianElements: Amount((sizes[(n-1)/2] + sizes[n/2]) / 2),
		MinRank:        slices.Min(ranks),
		MaxRank:        slices.Max(ranks),
	}
	for _, size := range sizes {
		t.TotalElements += Amount(size)
	}
	t.MeanElements = t.TotalElements / Amount(n)
	t.TotalBytes = t.TotalElements * Amount(elementBytes)
	return t
}

// costliest returns the top steps by flops; of equals the earlier first.
func (t *tree) costliest(all path.Cost, top int) []StepCost {
	order := make([]int, len(t.steps))
	for i := range order {
		order[i] = i
	}
	log2 := func(i int) float64 { return t.steps[i].Log2Flops(t.from.Instance) }
	slices.SortStableFunc(order, func(a, b int) int {
		if flops := t.steps[a].Flops; math.IsInf(flops, 1) && flops == t.steps[b].Flops {
			return cmp.Compare(log2(b), log2(a))
		}
		return cmp.Compare(t.steps[b].Flops, t.steps[a].Flops)
	})
	costs := make([]StepCost, 0, min(top, len(order)))
	for _, i := range order[:min(top, len(order))] {
		costs = append(costs, t.stepCost(i, all))
	}
	return costs
}

// stepCost describes the i-th step of the path, all of which cost this much.
func (t *tree) stepCost(i int, all path.Cost) StepCost {
	s, in := t.steps[i], t.from.Instance
	extent := func(c path.Class) Amount { return Amount(in.Size(s.Labels(c))) }
	c := StepCost{
		Step:  i,
		Batch: extent(path.Batch), M: extent(path.LeftFree), N: extent(path.RightFree), K: extent(path.Contracted),
		LeftSum: extent(path.LeftSum), RightSum: extent(path.RightSum),
		Flops: Amount(s.Flops),
	}
	switch {
	case math.IsInf(all.Flops, 1):
		c.FlopsShare = math.Exp2(s.Log2Flops(in) - all.Log10Flops/math.Log10(2))
	case all.Flops > 0:
		c.FlopsShare = s.Flops / all.Flops
	}
	return c
}

// describe adds how a compiled step is computed.
func (c *StepCost) describe(s *contract.Step) {
	c.Kernel, c.LeftAccess, c.BytesMoved = s.Kernel.Class, s.Kernel.A.String(), s.Kernel.BytesMoved
	if s.Right != path.NoTensor {
		c.RightAccess = s.Kernel.B.String()
	}
}
