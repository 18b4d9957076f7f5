package region

import (
	"cmp"
	"slices"

	"tnbench/internal/instance"
)

// mostTaken bounds the steps that a region takes in.
const mostTaken = 256

// branches are what regions take in beside their chains.
type branches struct {
	*finder
	of    []int32 // by step: the region that it is in
	taken []int32
}

// grow lets regions take in the steps that make what they use, where slices of that can be
// made when they are needed, and less is stored then. What all slices use lives as long as
// the region, so that each step is taken in for whose result more would be stored than for
// what it uses itself.
func (f *finder) grow(all []Region) []Region {
	slices.SortFunc(all, func(x, y Region) int { return cmp.Compare(y.Root(), x.Root()) })
	b := &branches{finder: f, of: make([]int32, len(f.tree.Steps))}
	for i := range b.of {
		b.of[i] = none
	}
	for g := range all {
		for _, i := range all[g].Steps {
			b.of[i] = int32(g)
		}
	}
	for g := range all {
		if len(all[g].Steps) == 0 {
			continue // all of it is in another one
		}
		if f.mode == Max {
			b.recut(&all[g])
		}
		b.take(all, int32(g))
	}
	return slices.DeleteFunc(all, func(r Region) bool { return len(r.Steps) == 0 })
}

// recut leaves labels whole that keep a region from taking in what it uses, if less is
// stored then, even if its slices become larger.
func (b *branches) recut(r *Region) {
	common, least := b.common(r.Steps), b.stores(r)
	for _, made := range b.used(r) {
		fewer := b.both(slices.Clone(common), made, false)
		if len(fewer) == len(common) || !slices.ContainsFunc(r.Cuts, func(c instance.Cut) bool { return !slices.Contains(fewer, c.Label) }) {
			continue
		}
		if other, ok := b.region(r.Steps, fewer); ok {
			if stored := b.stores(&other); stored < least {
				*r, common, least = other, fewer, stored
			}
		}
	}
}

// used returns the steps that make what a chain uses beside itself and what is worth
// streaming, the largest first.
func (b *branches) used(r *Region) []int32 {
	var all []int32
	for _, i := range r.Steps {
		for made := range b.tree.Steps[i].Makers(b.inputs) {
			if b.of[made] != b.of[i] && b.bytes[made] > b.least {
				all = append(all, int32(made))
			}
		}
	}
	slices.SortFunc(all, func(x, y int32) int { return cmp.Or(cmp.Compare(b.bytes[y], b.bytes[x]), cmp.Compare(x, y)) })
	return all
}

// stores returns the bytes that are stored while a region runs, beside its result: two
// slices, one of which is made of the other, and what all slices use.
func (b *branches) stores(r *Region) float64 {
	slice, total := 0.0, 0.0
	for _, i := range r.Steps[:len(r.Steps)-1] {
		slice = max(slice, b.bytes[i]/float64(r.Slices()))
	}
	for _, stored := range b.leave(r) {
		total += stored
	}
	return 2*slice + total
}

// leave finds out what a region is to take in. It returns the bytes that are stored for
// each of its operands.
func (b *branches) leave(r *Region) (stored []float64) {
	b.stamp++
	for _, c := range r.Cuts {
		b.marks[c.Label] = b.stamp
	}
	b.taken = b.taken[:0]
	for _, i := range r.Steps {
		for made := range b.tree.Steps[i].Makers(b.inputs) {
			if b.of[made] != b.of[i] {
				stored = append(stored, b.stored(int32(made), len(r.Cuts)))
			}
		}
	}
	return stored
}

// stored returns the least bytes that have to be stored for a region to use what a step
// makes: its result, or what steps use that are taken in. The result of each of these has
// all labels that are cut.
func (b *branches) stored(step int32, cuts int) float64 {
	whole := b.bytes[step]
	if whole <= b.least || len(b.taken) >= mostTaken || !b.sliced(step, cuts) {
		return whole
	}
	before, parts := len(b.taken), 0.0
	b.taken = append(b.taken, step)
	for made := range b.tree.Steps[step].Makers(b.inputs) {
		parts += b.stored(int32(made), cuts)
	}
	if parts >= whole {
		b.taken = b.taken[:before]
		return whole
	}
	return parts
}

// sliced reports whether the result of a step has all labels that are cut.
func (b *branches) sliced(step int32, cuts int) bool {
	for _, l := range b.tree.Steps[step].Kept() {
		if b.marks[l] == b.stamp {
			cuts--
		}
	}
	return cuts == 0
}

// take has a region take in what it is to. Those below lose that.
func (b *branches) take(all []Region, g int32) {
	r := &all[g]
	b.leave(r)
	for _, i := range b.taken {
		if h := b.of[i]; h != none {
			b.lose(&all[h], i)
		}
		b.of[i] = g
	}
	r.Steps = append(r.Steps, b.taken...)
	slices.Sort(r.Steps)
}

// lose takes a step out of a region, of which all behind it are out already. What is left
// of it ends with another step, which drops none of the labels that are cut.
func (b *branches) lose(r *Region, step int32) {
	at := slices.Index(r.Steps, step)
	if r.Steps, r.Adds = r.Steps[:at], 1; at == 1 {
		b.of[r.Steps[0]] = none
		r.Steps = nil
	}
}
