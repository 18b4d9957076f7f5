package product

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/kernel/vec/isa"
)

// packCase is a block to be packed.
type packCase struct {
	p             packer
	places, terms []int
}

// packLayout makes offsets of which as many as asked for lie next to each other,
// in elements.
func packLayout(rng *rand.Rand, n, run, far int) []int {
	out := make([]int, n)
	for i := range out {
		if i%run == 0 {
			out[i] = rng.IntN(far)
		} else {
			out[i] = out[i-1] + 1
		}
	}
	return out
}

// newPackCase makes a block in which units are really contiguous, and terms now
// and then.
func newPackCase(rng *rand.Rand, tier *isa.Tier, form isa.Form, real int) packCase {
	m := tier.MicrosFor(real)
	c := packCase{p: packer{form: form, panel: m.Rows, pad: 1, fill: 1, unit: 1, turn: 1, kit: tier.Kit(form, real)}}
	if rng.IntN(2) == 0 {
		c.p.panel, c.p.pad, c.p.fill = m.Width(), m.Lanes, m.Lanes
	}
	if rng.IntN(3) == 0 {
		c.p.pad = c.p.panel
	}
	if form == isa.Plain && c.p.kit != nil {
		switch rng.IntN(3) {
		case 0:
			c.p.unit = copyUnit(0, 1, min(c.p.panel, m.Lanes)>>rng.IntN(2), real)
		case 1:
			c.p.turn = 4 << rng.IntN(2)
		}
	}
	const far = 500
	n, run := 1+rng.IntN(3*c.p.panel), c.p.unit
	if n%run != 0 {
		run = n // as copyUnit asks for
	}
	c.places = packLayout(rng, n, run, far)
	c.terms = packLayout(rng, 1+rng.IntN(40), max(1, c.p.turn+rng.IntN(20)-5), far)
	return c
}

// verifyPack packs c with guards and holds every value against its definition.
func verifyPack[T float32 | float64](t *testing.T, rng *rand.Rand, c packCase) {
	t.Helper()
	element := 1
	if c.p.form != isa.Plain {
		element = 2
	}
	values := make([]T, 2000*element)
	for i := range values {
		values[i] = T(rng.IntN(1<<20) + 1)
	}
	real := int(unsafe.Sizeof(T(0)))
	places, terms := make([]int, len(c.places)), make([]int, len(c.terms))
	for i, o := range c.places {
		places[i] = o * element * real
	}
	for i, o := range c.terms {
		terms[i] = o * element * real
	}
	want := packedByDefinition(c, values)
	const guard = 64
	out := make([]T, len(want)+2*guard)
	for i := range out {
		out[i] = -1
	}
	packBlock[T](&c.p, unsafe.Pointer(&out[guard]), unsafe.Pointer(&values[0]), places, terms, make([]int, spareWords(len(terms))))
	for i, got := range out {
		w := T(-1)
		if i >= guard && i < len(out)-guard {
			w = want[i-guard]
		}
		if got != w {
			t.Fatalf("%+v, %d places, %d terms: value %d is %v, want %v", c.p, len(places), len(terms), i-guard, got, w)
		}
	}
}

// packedByDefinition returns the panels of c: what is left free is -1.
func packedByDefinition[T float32 | float64](c packCase, values []T) []T {
	var out []T
	for from := 0; from < len(c.places); from += c.p.panel {
		n := min(c.p.panel, len(c.places)-from)
		width, filled := nest.RoundUp(n, c.p.pad), nest.RoundUp(n, c.p.fill)
		row := func(value func(place int) []T, each int) {
			for i := range width {
				switch {
				case i < n:
					out = append(out, value(c.places[from+i])...)
				case i < filled:
					out = append(out, make([]T, each)...)
				case each == 1:
					out = append(out, -1)
				default:
					out = append(out, -1, -1)
				}
			}
		}
		for _, k := range c.terms {
			re := func(i int) T { return values[2*(i+k)] }
			im := func(i int) T { return values[2*(i+k)+1] }
			switch c.p.form {
			case isa.Plain:
				row(func(i int) []T { return []T{values[i+k]} }, 1)
			case isa.Split:
				row(func(i int) []T { return []T{re(i)} }, 1)
				row(func(i int) []T { return []T{im(i)} }, 1)
			case isa.Twist:
				row(func(i int) []T { return []T{re(i), im(i)} }, 2)
				row(func(i int) []T { return []T{-im(i), re(i)} }, 2)
			}
		}
	}
	return out
}

// tryPack packs a random block of each form and size of elements in each tier.
func tryPack(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 7))
	for _, tier := range vec.Tiers() {
		for _, form := range []isa.Form{isa.Plain, isa.Split, isa.Twist} {
			verifyPack[float32](t, rng, newPackCase(rng, tier, form, 4))
			verifyPack[float64](t, rng, newPackCase(rng, tier, form, 8))
		}
	}
}

func TestPanelsHoldWhatTheyAreDefinedTo(t *testing.T) {
	seeds := uint64(400)
	if testing.Short() {
		seeds = 50
	}
	for seed := range seeds {
		tryPack(t, seed)
	}
}

func FuzzPack(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(tryPack)
}

// BenchmarkPack packs the blocks of a row-major matrix of 1024×1024.
func BenchmarkPack(b *testing.B) {
	const n = 1024
	matrix := make([]float64, n*n)
	out := make([]float64, 256*n)
	m := vec.Best().MicrosFor(8)
	line, column := make([]int, n), make([]int, n)
	for i := range n {
		line[i], column[i] = 8*i, 8*n*i
	}
	kit := vec.Best().Kit(isa.Plain, 8)
	for _, x := range []struct {
		name          string
		p             packer
		places, terms []int
	}{
		{"rows-turned", packer{panel: m.Rows, pad: 1, fill: 1, turn: 8, kit: kit}, column[:256], line[:256]},
		{"rows-copied", packer{panel: m.Rows, pad: 1, fill: 1, unit: 8, kit: kit}, line, column[:256]},
		{"rows-gathered", packer{panel: m.Rows, pad: 1, fill: 1, kit: kit}, column[:256], line[:256]},
		{"columns-turned", packer{panel: m.Width(), pad: m.Lanes, fill: m.Lanes, turn: 8, kit: kit}, column[:256], line[:256]},
		{"columns-copied", packer{panel: m.Width(), pad: m.Lanes, fill: m.Lanes, unit: m.Lanes, kit: kit}, line, column[:256]},
		{"columns-gathered", packer{panel: m.Width(), pad: m.Lanes, fill: m.Lanes, kit: kit}, column[:256], line[:256]},
	} {
		b.Run(x.name, func(b *testing.B) {
			spare := make([]int, spareWords(len(x.terms)))
			i, last := 0, n*n-n*255-len(x.places)
			if &x.places[0] == &column[0] {
				last = n*n - n*255 - len(x.terms)
			}
			best, median := timeRuns(b, true, func() {
				packBlock[float64](&x.p, unsafe.Pointer(&out[0]), unsafe.Pointer(&matrix[i]), x.places, x.terms, spare)
				if i += 256; i > last {
					i = 0
				} else if i%n == 0 {
					i += 255 * n
				}
			})
			elements := float64(len(x.places) * len(x.terms))
			b.ReportMetric(best*1e9/elements, "best-ns/element")
			b.ReportMetric(median*1e9/elements, "ns/element")
		})
	}
}
