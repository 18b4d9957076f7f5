package region

import (
	"math"
	"slices"

	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/path"
)

// cut cuts the labels that all tensors of a region have, as finely as the mode wants
// it. Whether it pays is told when the slices have kernels.
func (f *finder) cut(common []instance.Label) {
	c := &f.forecast
	if f.mode == Finest || f.mode == Coarsest {
		for _, l := range common {
			c.part(l, c.dims[l])
			if f.mode == Coarsest {
				c.join(l, c.parts[l])
				c.part(l, instance.FewestParts(c.dims[l]))
			}
		}
		return
	}
	for c.largest() > f.slice && c.refine(common) {
	}
}

// forecast estimates regions from sizes alone.
type forecast struct {
	steps   []*path.Step
	in      *instance.Instance
	size    int   // of an element
	dims    []int // of a slice
	parts   []int // by label
	slices  float64
	operand []instance.Label

	loops [6]nest.Loop
}

// newForecast returns one that has no steps yet.
func newForecast(in *instance.Instance) forecast {
	c := forecast{in: in, size: in.DType.Size(), dims: append([]int(nil), in.Dims...), parts: make([]int, len(in.Dims)), slices: 1}
	for l := range c.parts {
		c.parts[l] = 1
	}
	return c
}

// begin makes the steps of a region those that are estimated.
func (c *forecast) begin(tree *path.Tree, steps []int32) {
	c.steps = c.steps[:0]
	for _, k := range steps {
		c.steps = append(c.steps, &tree.Steps[k])
	}
}

// part cuts a label into so many parts more.
func (c *forecast) part(l instance.Label, by int) {
	c.parts[l] *= by
	c.dims[l] /= by
	c.slices *= float64(by)
}

// join undoes part.
func (c *forecast) join(l instance.Label, by int) {
	c.parts[l] /= by
	c.dims[l] *= by
	c.slices /= float64(by)
}

// reset undoes all cuts of some labels.
func (c *forecast) reset(labels []instance.Label) {
	for _, l := range labels {
		c.join(l, c.parts[l])
	}
}

// refine cuts the label that costs least to be cut. It reports false if none can be.
func (c *forecast) refine(common []instance.Label) bool {
	best, label := math.Inf(1), instance.Label(-1)
	var tried []uint64
	for _, l := range common {
		if c.dims[l] == 1 {
			continue
		}
		s := c.signature(l)
		if slices.Contains(tried, s) {
			continue
		}
		tried = append(tried, s)
		by := instance.FewestParts(c.dims[l])
		c.part(l, by)
		if t := c.time(); t < best {
			best, label = t, l
		}
		c.join(l, by)
	}
	if label < 0 {
		return false
	}
	c.part(label, instance.FewestParts(c.dims[label]))
	return true
}

// signature tells labels apart that differ in what steps do with them.
func (c *forecast) signature(l instance.Label) uint64 {
	h := uint64(14695981039346656037) ^ uint64(c.dims[l])
	for _, s := range c.steps {
		for class := path.Batch; class <= path.RightSum; class++ {
			for _, m := range s.Labels(class) {
				if m == l {
					h = (h ^ uint64(class+1)) * 1099511628211
				}
			}
		}
		h *= 1099511628211
	}
	return h
}

// largest returns the bytes of the largest tensor that a slice makes for a later step.
func (c *forecast) largest() float64 {
	most := 0.0
	for _, s := range c.steps[:len(c.steps)-1] {
		most = max(most, float64(c.size)*c.elements(s.Kept()))
	}
	return most
}

// elements returns how many there are in a slice of a tensor.
func (c *forecast) elements(labels []instance.Label) float64 {
	n := 1.0
	for _, l := range labels {
		n *= float64(c.dims[l])
	}
	return n
}

// time estimates all slices, in cycles.
func (c *forecast) time() float64 {
	total := 0.0
	for i, s := range c.steps {
		total += c.step(i, s)
	}
	return total
}

// step estimates all slices of one step.
func (c *forecast) step(i int, s *path.Step) float64 {
	var extents [path.RightSum + 1]float64
	for class := range extents {
		extents[class] = c.elements(s.Labels(path.Class(class)))
		c.loops[class] = nest.Loop{Extent: int(extents[class]), A: 1, B: 1, C: 1}
	}
	b, m, n, k := extents[path.Batch], extents[path.LeftFree], extents[path.RightFree], extents[path.Contracted]
	left, right, out := b*m*k*extents[path.LeftSum], b*n*k*extents[path.RightSum], b*m*n
	z := kernel.Size(nest.Spec{
		Type: c.in.DType, Batch: c.loops[path.Batch : path.Batch+1], M: c.loops[path.LeftFree : path.LeftFree+1],
		N: c.loops[path.RightFree : path.RightFree+1], K: c.loops[path.Contracted:],
	})
	r := &model.Here.Region
	total := z.Least() + r.Step + r.Read*(left+right)
	last := i == len(c.steps)-1
	if last {
		if added := c.sliced(s.Dropped()); added > 1 {
			total += r.Add * out
		}
	} else {
		total += Store(out * float64(c.size))
	}
	for side, elements := range [...]float64{left, right} {
		id := [...]int32{s.Left, s.Right}[side]
		bytes := elements * float64(c.size)
		if i > 0 && id == c.steps[i-1].Out {
			total += Fetch(bytes)
			continue
		}
		// An operand that is not cut as finely is read again.
		if again := c.slices / c.sliced(c.labels(s, side)); again > 1 {
			total += Fetch(bytes) + Pack(bytes)
		}
	}
	return total * c.slices
}

// labels returns those of an operand, as classes have them.
func (c *forecast) labels(s *path.Step, side int) []instance.Label {
	c.operand = c.operand[:0]
	own, sum := path.LeftFree, path.LeftSum
	if side == 1 {
		own, sum = path.RightFree, path.RightSum
	}
	for _, class := range [...]path.Class{path.Batch, own, path.Contracted, sum} {
		c.operand = append(c.operand, s.Labels(class)...)
	}
	return c.operand
}

// sliced returns into how many slices labels are cut.
func (c *forecast) sliced(labels []instance.Label) float64 {
	n := 1.0
	for _, l := range labels {
		n *= float64(c.parts[l])
	}
	return n
}

// Fetch returns the cycles that it takes to bring bytes to a step, beyond what it takes
// if they are near.
func Fetch(bytes float64) float64 {
	return carry(bytes, model.Here.Region.NearFetch, model.Here.Stream.FetchWord)
}

// Store returns the cycles that it takes to put bytes away that a step made.
func Store(bytes float64) float64 {
	return carry(bytes, model.Here.Region.NearStore, model.Here.Stream.StoreWord)
}

// Pack returns the cycles that packing bytes waits for them, beyond what it takes to
// fetch them in one go.
func Pack(bytes float64) float64 {
	if bytes <= float64(model.Here.Caches.Third)/2 {
		return 0
	}
	return model.Here.Region.FarPack * bytes / 8
}

// carry returns what it takes to move bytes, 8 at a time: from the third-level cache, or
// from memory.
func carry(bytes, near, far float64) float64 {
	switch {
	case bytes <= float64(model.Here.Region.Slice):
		return 0
	case bytes <= float64(model.Here.Caches.Third)/2:
		return near * bytes / 8
	}
	return far * bytes / 8
}
