package alloc

import (
	"math"
	"unsafe"

	"github.com/tidwall/btree"
)

// bestFit keeps freed buffers in a map ordered by size and hands out the
// smallest that is large enough.
//
// It models what strided-rs does today (BTreeMap<usize, Vec<Vec<f64>>>, first
// entry of range(n..)): new buffers are un-zeroed, any larger buffer will do,
// and a new map is made for each contraction. With keep one map lasts. With
// waste=F a buffer is only used if it is at most F times as large as needed.
//
// A returned buffer is filed under its real size. strided-rs files it under the
// length it was last used for, so that large buffers shrink and are lost to
// large requests: shrink does that too.
type bestFit struct {
	core  *bestFitCore
	opt   bestFitOptions
	bytes []int
	size  []int // by id, of live ones: what the buffer will be filed under
	live  live
}

type bestFitOptions struct {
	keep, shrink bool
	waste        float64 // 0: any
}

// bestFitCore is the part that front ends share.
type bestFitCore struct {
	// No empty buckets, but always a nil one beyond all sizes: the tree's root is
	// made anew when the last entry has gone and another one comes.
	pool   btree.Map[int, *bucket]
	spare  []*bucket // empty buckets for reuse
	held   int
	misses int
}

func newBestFit(o options) (Strategy, error) {
	b := &bestFit{core: &bestFitCore{}, opt: parseBestFit(o)}
	b.core.drop()
	return b, nil
}

func parseBestFit(o options) bestFitOptions {
	opt := bestFitOptions{keep: o.has("keep"), shrink: o.has("shrink")}
	if o.has("waste") {
		opt.waste, _ = parseFactor(o["waste"]) // checked before
	}
	return opt
}

// accepts reports whether a buffer of size may serve bytes.
func (o bestFitOptions) accepts(size, bytes int) bool {
	return size >= bytes && (o.waste == 0 || float64(size) <= o.waste*float64(bytes))
}

// Prepare implements Strategy.
func (b *bestFit) Prepare(requests []Request) error {
	b.bytes, b.size, b.live = sizes(requests), make([]int, len(requests)), newLive(requests)
	return Validate(requests)
}

// Alloc implements Strategy.
func (b *bestFit) Alloc(id int) unsafe.Pointer {
	bytes := b.bytes[id]
	var p unsafe.Pointer
	if fit := b.core.first(bytes); fit != nil && b.opt.accepts(fit.bytes, bytes) {
		b.size[id] = fit.bytes
		p = b.core.pop(fit)
	} else {
		b.size[id] = bytes
		p = newRaw(bytes)
		b.core.misses++
		b.core.held += bytes
	}
	if b.opt.shrink {
		b.size[id] = bytes
	}
	b.live.add(id, p)
	return p
}

// first returns the bucket of the smallest size of at least bytes, nil if there
// is none.
func (c *bestFitCore) first(bytes int) *bucket {
	var fit *bucket
	c.pool.Ascend(bytes, func(_ int, b *bucket) bool {
		fit = b
		return false
	})
	return fit
}

// pop takes a buffer out of b, and b out of the map if it was the last.
func (c *bestFitCore) pop(b *bucket) unsafe.Pointer {
	p := b.pop()
	if len(b.free) == 0 {
		c.pool.Delete(b.bytes)
		c.spare = append(c.spare, b)
	}
	return p
}

// push files a buffer under bytes.
func (c *bestFitCore) push(bytes int, p unsafe.Pointer) {
	b, ok := c.pool.Get(bytes)
	if !ok {
		b = c.emptyBucket()
		b.bytes = bytes
		c.pool.Set(bytes, b)
	}
	b.push(p)
}

func (c *bestFitCore) emptyBucket() *bucket {
	last := len(c.spare) - 1
	if last < 0 {
		return &bucket{}
	}
	b := c.spare[last]
	c.spare = c.spare[:last]
	return b
}

// Free implements Strategy.
func (b *bestFit) Free(id int, p unsafe.Pointer) {
	b.live.drop(id)
	b.core.push(b.size[id], p)
}

// Reset implements Strategy.
func (b *bestFit) Reset() {
	if b.opt.keep {
		b.live.takeBack(b.Free)
		return
	}
	b.live.forget()
	b.core.drop()
}

// drop leaves all buffers to the collector.
func (c *bestFitCore) drop() {
	c.pool.Clear()
	c.pool.Set(math.MaxInt, nil)
	c.spare, c.held = nil, 0
}

// Close implements Strategy.
func (b *bestFit) Close() error {
	b.core.drop()
	return nil
}

// Footprint implements Sized. Between contractions, without keep, it is 0: what
// was dropped is the collector's.
func (b *bestFit) Footprint() int { return b.core.held }

// pooled implements pooled.
func (b *bestFit) pooled() int { return b.core.held }

// Misses implements Reuser.
func (b *bestFit) Misses() int { return b.core.misses }

// join makes a front end for another contraction on the same map.
func (b *bestFit) join() Strategy { return &bestFit{core: b.core, opt: b.opt} }
