package path

// ordered is what a heap needs of its elements. Elements that compare equal
// must be equal, so that what comes out does not depend on what went in before.
type ordered[T any] interface{ before(T) bool }

// minHeap is a binary heap; the first element comes before all others.
// container/heap would box every element.
type minHeap[T ordered[T]] []T

// push adds x.
func (h *minHeap[T]) push(x T) {
	s := append(*h, x)
	i := len(s) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !x.before(s[up]) {
			break
		}
		s[i], i = s[up], up
	}
	s[i] = x
	*h = s
}

// pop removes and returns the first element; the heap must not be empty.
func (h *minHeap[T]) pop() T {
	s := *h
	first, x := s[0], s[len(s)-1]
	s = s[:len(s)-1]
	*h = s
	if len(s) == 0 {
		return first
	}
	i := 0
	for {
		down := 2*i + 1
		if down >= len(s) {
			break
		}
		if down+1 < len(s) && s[down+1].before(s[down]) {
			down++
		}
		if !s[down].before(x) {
			break
		}
		s[i], i = s[down], down
	}
	s[i] = x
	return first
}
