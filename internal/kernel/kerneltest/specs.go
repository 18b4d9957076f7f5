package kerneltest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/nest"
)

// SpecShape bounds what randomSpec makes.
type SpecShape struct {
	MaxLoops  int // per group
	MaxExtent int
	MaxMACs   int
}

// RandomSpec makes a valid Spec: random nests with interleaved groups, gaps,
// one-sided sums and diagonals.
func RandomSpec(rng *rand.Rand, shape SpecShape) nest.Spec {
	s := nest.Spec{Type: dtype.All[rng.IntN(len(dtype.All))]}
	groups := [...]*[]nest.Loop{&s.Batch, &s.M, &s.N, &s.K}
	var loops []*nest.Loop
	for _, g := range groups {
		*g = make([]nest.Loop, rng.IntN(shape.MaxLoops+1))
		for i := range *g {
			loops = append(loops, &(*g)[i])
		}
	}
	rng.Shuffle(len(loops), func(i, j int) { loops[i], loops[j] = loops[j], loops[i] })
	for left := shape.MaxMACs; len(loops) > 0; loops = loops[1:] {
		loops[0].Extent = 1 + rng.IntN(min(left, shape.MaxExtent))
		left /= loops[0].Extent
	}
	LayOut(rng, [...][]nest.Loop{s.Batch, s.M, s.K}, func(l *nest.Loop) *int { return &l.A }, true)
	LayOut(rng, [...][]nest.Loop{s.Batch, s.N, s.K}, func(l *nest.Loop) *int { return &l.B }, true)
	LayOut(rng, [...][]nest.Loop{s.Batch, s.M, s.N}, func(l *nest.Loop) *int { return &l.C }, false)
	for i := range s.K { // one-sided sums
		switch rng.IntN(6) {
		case 0:
			s.K[i].A = 0
		case 1:
			s.K[i].B = 0
		}
	}
	return s
}

// LayOut gives the loops of three groups strides in one operand, outermost to
// innermost in random order, often the natural one.
func LayOut(rng *rand.Rand, groups [3][]nest.Loop, stride func(*nest.Loop) *int, read bool) {
	var loops []*nest.Loop
	for _, g := range groups {
		for i := range g {
			loops = append(loops, &g[i])
		}
	}
	if rng.IntN(3) > 0 {
		rng.Shuffle(len(loops), func(i, j int) { loops[i], loops[j] = loops[j], loops[i] })
	}
	next := 1
	if rng.IntN(6) == 0 {
		next = 1 + rng.IntN(3)
	}
	for _, l := range loops {
		*stride(l) = next
		next *= l.Extent
		if rng.IntN(8) == 0 {
			next += rng.IntN(3)
		}
	}
	if read && len(loops) > 1 && rng.IntN(8) == 0 { // a diagonal
		*stride(loops[0]) += *stride(loops[len(loops)-1])
	}
}

// ProductSpec returns a spec whose groups have exactly the given extents, each
// cut into loops at random, all laid out at random.
func ProductSpec(rng *rand.Rand, t dtype.Type, batch, m, n, k int) nest.Spec {
	s := nest.Spec{Type: t, Batch: factor(rng, batch), M: factor(rng, m), N: factor(rng, n), K: factor(rng, k)}
	LayOut(rng, [...][]nest.Loop{s.Batch, s.M, s.K}, func(l *nest.Loop) *int { return &l.A }, true)
	LayOut(rng, [...][]nest.Loop{s.Batch, s.N, s.K}, func(l *nest.Loop) *int { return &l.B }, true)
	LayOut(rng, [...][]nest.Loop{s.Batch, s.M, s.N}, func(l *nest.Loop) *int { return &l.C }, false)
	for _, l := range [...]*int{pick(rng, s.Batch, true), pick(rng, s.Batch, false), pick(rng, s.K, true), pick(rng, s.K, false)} {
		if l != nil && rng.IntN(10) == 0 { // broadcast
			*l = 0
		}
	}
	return s
}

// pick returns the stride in A or B of one of loops, nil if there are none.
func pick(rng *rand.Rand, loops []nest.Loop, inA bool) *int {
	if len(loops) == 0 {
		return nil
	}
	l := &loops[rng.IntN(len(loops))]
	if inA {
		return &l.A
	}
	return &l.B
}

// factor cuts an extent into loops: one, or its prime factors in groups.
func factor(rng *rand.Rand, n int) []nest.Loop {
	var out []nest.Loop
	together := rng.Float64()
	for f := 2; n > 1; f++ {
		for ; n%f == 0; n /= f {
			if len(out) > 0 && rng.Float64() < together {
				out[len(out)-1].Extent *= f
			} else {
				out = append(out, nest.Loop{Extent: f})
			}
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// Matrices is the plain matrix product of row-major matrices.
func Matrices(t dtype.Type, m, n, k int) nest.Spec {
	return nest.Spec{Type: t, M: []nest.Loop{{Extent: m, A: k, B: 0, C: n}}, N: []nest.Loop{{Extent: n, A: 0, B: 1, C: 1}}, K: []nest.Loop{{Extent: k, A: 1, B: n, C: 0}}}
}

// Binary lays out labels of dimension 2: for each operand the label letters,
// outermost first. Labels in A and C only are rows, and so on.
func Binary(t dtype.Type, a, b, c string) nest.Spec {
	s := nest.Spec{Type: t}
	stride := func(in string, label rune) int {
		for i, l := range in {
			if l == label {
				return 1 << (len(in) - 1 - i)
			}
		}
		return 0
	}
	for _, l := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		loop := nest.Loop{Extent: 2, A: stride(a, l), B: stride(b, l), C: stride(c, l)}
		switch {
		case loop.A > 0 && loop.B > 0 && loop.C > 0:
			s.Batch = append(s.Batch, loop)
		case loop.A > 0 && loop.C > 0:
			s.M = append(s.M, loop)
		case loop.B > 0 && loop.C > 0:
			s.N = append(s.N, loop)
		case loop.A > 0 || loop.B > 0:
			s.K = append(s.K, loop)
		}
	}
	return s
}

// Spans returns how many elements each operand of s reaches over.
func Spans(s nest.Spec) (a, b, c int) {
	a, b, c = 1, 1, 1
	for _, group := range [...][]nest.Loop{s.Batch, s.M, s.N, s.K} {
		for _, l := range group {
			a += (l.Extent - 1) * l.A
			b += (l.Extent - 1) * l.B
			c += (l.Extent - 1) * l.C
		}
	}
	return a, b, c
}

// Show writes a spec so that a failure can be reproduced.
func Show(s nest.Spec) string {
	var w strings.Builder
	fmt.Fprintf(&w, "Spec{Type: dtype.Type(%d)", s.Type)
	for i, group := range [...][]nest.Loop{s.Batch, s.M, s.N, s.K} {
		fmt.Fprintf(&w, ", %s: []Loop{", [...]string{"Batch", "M", "N", "K"}[i])
		for _, l := range group {
			fmt.Fprintf(&w, "{%d, %d, %d, %d}, ", l.Extent, l.A, l.B, l.C)
		}
		w.WriteString("}")
	}
	return w.String() + "}"
}

// Layout is a product of labels with dimension 4.
type Layout struct{ Name, A, B, C string }

// Spec lays out labels of dimension 4: those in A and C are rows, in B and C
// columns, in A and B sums, in all three batches.
func (l Layout) Spec(t dtype.Type) nest.Spec {
	s := Binary(t, l.A, l.B, l.C)
	widen := func(loops []nest.Loop) {
		for i := range loops {
			x := &loops[i]
			*x = nest.Loop{Extent: 4, A: x.A * x.A, B: x.B * x.B, C: x.C * x.C}
		}
	}
	widen(s.Batch)
	widen(s.M)
	widen(s.N)
	widen(s.K)
	return s
}

// Fewer is n, or a tenth of it in short runs.
func Fewer(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}
