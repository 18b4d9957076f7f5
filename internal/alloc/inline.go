package alloc

import (
	"fmt"
	"strings"
	"unsafe"
)

// inline keeps buffers of up to N elements inside the record of their tensor
// and gives the rest to a base strategy.
//
// It models proposals 4 and 5 of the light_415 analysis: SmallVec<[f64; N]>, where a small
// tensor's data lies beside its metadata, or on the stack. Each tensor has a
// record with room for N 8-byte elements, used or not, in one array that is
// made once: its Alloc is an address, its Free nothing. What else is kept
// between contractions is the base's choice.
type inline struct {
	base    Strategy
	limit   int     // bytes up to which buffers are in their record
	stride  int     // bytes of a record
	baseIDs []int32 // by id: the base's id, inRecord if the base isn't asked
	array   block
}

const inRecord = -1

// sizedInline is inline over a base that is Sized.
type sizedInline struct{ *inline }

func newInline(o options) (Strategy, error) {
	base, err := New(inlineBase(o))
	if err != nil {
		return nil, fmt.Errorf("base: %w", err)
	}
	limit := inlineLimit(o)
	s := &inline{base: base, limit: limit, stride: roundUp(limit, Alignment)}
	if _, ok := base.(Sized); ok {
		return &sizedInline{s}, nil
	}
	return s, nil
}

func inlineLimit(o options) int { return 8 * o.number("elements", 32) }

func inlineBase(o options) string {
	if base, ok := o["base"]; ok {
		return base
	}
	return "exactpool"
}

// noInline refuses a base that is inline itself.
func noInline(spec string) error {
	if strings.HasPrefix(spec, "inline") {
		return fmt.Errorf("%q: records can't be nested", spec)
	}
	return nil
}

// split separates the requests that go to the base from those in records.
func (s *inline) split(requests []Request) []Request {
	s.baseIDs = make([]int32, len(requests))
	var rest []Request
	for id, r := range requests {
		s.baseIDs[id] = inRecord
		if r.Bytes > s.limit {
			s.baseIDs[id] = int32(len(rest))
			rest = append(rest, r)
		}
	}
	return rest
}

// Prepare implements Strategy.
func (s *inline) Prepare(requests []Request) error {
	if err := Validate(requests); err != nil {
		return err
	}
	rest := s.split(requests)
	if n := s.stride * len(requests); n > 0 {
		var ok bool
		if s.array, ok = (source{}).take(n); !ok || n/s.stride != len(requests) {
			return outOfMemory("the array of records", n)
		}
	}
	return s.base.Prepare(rest)
}

// Alloc implements Strategy.
func (s *inline) Alloc(id int) unsafe.Pointer {
	if b := s.baseIDs[id]; b != inRecord {
		return s.base.Alloc(int(b))
	}
	return unsafe.Add(s.array.base, id*s.stride)
}

// Free implements Strategy.
func (s *inline) Free(id int, p unsafe.Pointer) {
	if b := s.baseIDs[id]; b != inRecord {
		s.base.Free(int(b), p)
	}
}

// Reset implements Strategy.
func (s *inline) Reset() { s.base.Reset() }

// Close implements Strategy.
func (s *inline) Close() error {
	s.array = block{}
	return s.base.Close()
}

// Misses implements Reuser.
func (s *inline) Misses() int { return s.base.(Reuser).Misses() }

// Footprint implements Sized.
func (s *sizedInline) Footprint() int { return s.array.bytes + s.base.(Sized).Footprint() }
