package kernel

import "unsafe"

// A processor follows only so many streams through memory at once. A sum of more
// terms than that, each in another part of memory, would wait for nearly every
// line of x, so x is visited chunk by chunk: the part of each term is read from
// its first to its last line, which memory does at full rate, and then the
// arithmetic finds the chunk in the second-level cache.

// touch is how a program reads x ahead, by chunks of some iterations of one of
// the outer loops; all loops inside it belong to the chunk.
type touch struct {
	loop  int // the outer loop
	every int // iterations, 0 if x is not read ahead
	bytes int // of one iteration, for each term
}

// touches reports whether x is read ahead: if there are many terms far apart,
// and more of x than caches hold.
func (p *plan) touches() bool {
	if p.routine != scaleRuns && p.routine != multiplyRuns {
		return false
	}
	size, terms, lim := p.typ.Size(), extent(p.sums), p.limits
	if terms < lim.touchTerms || terms > lim.terms || terms*p.run.n*size > lim.touchBytes ||
		p.packX || len(p.chunks) > 0 {
		return false
	}
	return p.termsApart(alongX) >= lim.touchApart && p.run.n*footprint(p.outs, alongX)*terms*size > lim.cacheBytes
}

// planTouch finds the loop that makes chunks: as far as x goes on without a gap
// from one loop to the next one outside it, and all terms together do not exceed
// a limit.
func (g *program) planTouch(limit int) {
	bytes := g.length * g.typ.Size()
	if last := g.runs[len(g.runs)-1].x; len(g.runs) > 1 {
		if last != (len(g.runs)-1)*bytes {
			return
		}
		bytes *= len(g.runs)
	}
	for i := len(g.outer) - 1; i >= 0; i-- {
		l := &g.outer[i]
		if l.x != bytes {
			return
		}
		if all := bytes * l.n * len(g.terms); all > limit {
			g.touch = touch{i, max(1, limit/(bytes*len(g.terms))), bytes}
			return
		}
		bytes *= l.n
	}
}

// fetch reads the chunk ahead that begins at x in some iteration of its loop.
func (t *touch) fetch(terms []termOffset, x unsafe.Pointer, iterations int) {
	lines := (iterations*t.bytes + cacheLine - 1) / cacheLine
	for i := range terms {
		fetchLines(uintptr(x)+uintptr(terms[i].x), lines)
	}
}
