package pack

import "math/bits"

// layer is a way out where too many buffers live at once for their pairs to be
// held: the large ones are planned as a task of their own, and the small ones,
// which together hardly count, go on top of them in the order of time. Sizes of
// intermediates span so many orders of magnitude that this costs little height.
type layer struct {
	core *task   // the large ones, with conflicts
	ids  []int32 // of core, in the whole task
	rest []int32 // the small ones
}

// shares are how much of the bound the small buffers may take at their peaks,
// as divisors: the first that leaves few enough large ones is taken.
var shares = []int{512, 128, 32}

// newLayer divides a task. It returns nil if there is no such division.
func newLayer(t *task) *layer {
	peaks := classPeaks(t)
	for _, share := range shares {
		sum, class := 0, 0
		for class < len(peaks) && sum+peaks[class] <= t.bound/share {
			sum += peaks[class]
			class++
		}
		l := &layer{}
		var large []Buffer
		for i, b := range t.buffers {
			if bits.Len(uint(b.Size)) < class {
				l.rest = append(l.rest, int32(i))
			} else {
				l.ids = append(l.ids, int32(i))
				large = append(large, b)
			}
		}
		if core := newTask(large, 1); core.conflicts != nil {
			l.core = core
			return l
		}
	}
	return nil
}

// classPeaks returns for each number of bits the peak of live bytes of the
// buffers whose sizes have it.
func classPeaks(t *task) [bits.UintSize + 1]int {
	var live, peaks [bits.UintSize + 1]int
	ends, e := endsByUpper(t.buffers), 0
	for _, i := range byLower(t.buffers) {
		for ; e < len(ends) && t.buffers[ends[e]].Upper <= t.buffers[i].Lower; e++ {
			size := t.buffers[ends[e]].Size
			live[bits.Len(uint(size))] -= size
		}
		class := bits.Len(uint(t.buffers[i].Size))
		live[class] += t.buffers[i].Size
		peaks[class] = max(peaks[class], live[class])
	}
	return peaks
}

// stack returns offsets of the whole task, given those of its core.
func (l *layer) stack(t *task, core []int) []int {
	offsets := make([]int, len(t.buffers))
	for k, i := range l.ids {
		offsets[i] = core[k]
	}
	small := make([]Buffer, len(l.rest))
	for k, i := range l.rest {
		small[k] = t.buffers[i]
	}
	ground := l.core.height(core)
	for k, o := range placeInTime(&task{buffers: small}) {
		if i := l.rest[k]; t.buffers[i].Size > 0 {
			offsets[i] = ground + o
		}
	}
	return offsets
}
