package vec_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/kernel/vec/generic"
	"tnbench/internal/kernel/vec/isa"
)

// Every function of every tier is held against portable Go here, one by one: the tests
// of products and streams reach some of them only now and then.

// reals returns memory as real numbers, whatever their size.
func reals(size int, m []byte) []float64 {
	if size == 8 {
		return dtype.View[float64](m)
	}
	var out []float64
	for _, x := range dtype.View[float32](m) {
		out = append(out, float64(x))
	}
	return out
}

// mustBeNear compares memory that two ways have written sums of products to; what
// neither has written is the same.
func mustBeNear(t *testing.T, what string, size, products int, got, want []byte) {
	t.Helper()
	epsilon := math.Ldexp(1, 3-map[int]int{4: 24, 8: 53}[size])
	g, w := reals(size, got), reals(size, want)
	for i := range g {
		if !(math.Abs(g[i]-w[i]) <= epsilon*float64(products+4)) {
			t.Fatalf("%s: real %d is %v, want %v", what, i, g[i], w[i])
		}
	}
}

func realBytes(d dtype.Type) int {
	if d.IsComplex() {
		return d.Size() / 2
	}
	return d.Size()
}

// memory returns n bytes of random numbers.
func memory(rng *rand.Rand, d dtype.Type, n int) []byte {
	m := kerneltest.Placed(n, 0, 0)
	kerneltest.FillRandom(rng, d, m)
	return m
}

// twice returns memory and a copy of it.
func twice(rng *rand.Rand, d dtype.Type, n int) (a, b []byte) {
	a = memory(rng, d, n)
	b = kerneltest.Placed(n, 0, 0)
	copy(b, a)
	return a, b
}

func at(m []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(m)) }

func TestStreamsOfEveryTierEqualGeneric(t *testing.T) {
	rows := [isa.Routines][]int{
		isa.MultiplyRuns: {1}, isa.ScaleRuns: {1, 2, 3, 4, 6, 8}, isa.DotRuns: {1, 4}, isa.SumRuns: {1}, isa.TransposeRuns: {1},
	}
	rng := rand.New(rand.NewPCG(21, 1))
	for _, tier := range vec.Tiers() {
		if tier.Slots == isa.NoSlot {
			continue
		}
		for _, d := range dtype.All {
			for r, list := range rows {
				for _, n := range list {
					if d.IsComplex() && n > isa.MaxScaledComplex {
						continue
					}
					for length := 1; length < 40; length++ {
						tryStream(t, rng, tier, d, isa.Routine(r), n, length)
					}
				}
			}
		}
	}
}

// tryStream runs a routine on random runs and terms.
func tryStream(t *testing.T, rng *rand.Rand, tier *isa.Tier, d dtype.Type, r isa.Routine, rows, length int) {
	t.Helper()
	const elements, columns = 4000, 48
	size := d.Size()
	x, y := memory(rng, d, elements*size), memory(rng, d, elements*size)
	got, want := twice(rng, d, elements*size)
	anywhere := func() int { return size * rng.IntN(elements/16) }
	var runs []isa.RunOffset
	for i := range 1 + rng.IntN(3) { // their rows do not meet
		runs = append(runs, isa.RunOffset{C: size * (8*columns*i + rng.IntN(8)), X: anywhere(), Y: anywhere()})
	}
	count := 1 + rng.IntN(6)
	terms := make([]isa.TermOffset, count+isa.TermsAhead)
	for i := range count {
		terms[i] = isa.TermOffset{X: anywhere(), Y: anywhere()}
	}
	starts := make([]int, length)
	for j := range starts {
		starts[j] = size * j * (count + 1)
	}
	args := isa.Args{
		X: at(x), Y: at(y), Runs: &runs[0], NumRuns: len(runs), Terms: &terms[0], NumTerms: count, Length: length,
		RowY: size * (length + rng.IntN(3)), RowC: size * columns, Add: rng.IntN(2), Columns: &starts[0],
	}
	if r == isa.TransposeRuns { // overwrites
		args.Add = 0
	}
	slots := []uint8{tier.Slot(d, r, rows)}
	if rows == 1 && (r == isa.MultiplyRuns || r == isa.ScaleRuns) {
		slots = append(slots, tier.PastSlot(d, r))
	}
	reference := args
	reference.C = at(want)
	generic.Stream(d, r, rows, &reference)
	start := memory(rng, d, elements*size)
	copy(start, got)
	for _, slot := range slots {
		copy(got, start)
		args.C = at(got)
		before := args
		vec.Run(slot, &args)
		if args != before {
			t.Fatalf("%v, %v %v of %d rows: the arguments are not as they were", tier, d, r, rows)
		}
		mustBeNear(t, tier.Name+" "+d.String()+" "+r.String(), realBytes(d), 2*count*length, got, want)
	}
}

func TestScattersOfEveryTierEqualGeneric(t *testing.T) {
	rng := rand.New(rand.NewPCG(22, 1))
	for _, tier := range vec.Tiers() {
		for _, d := range []dtype.Type{dtype.Float32, dtype.Float64} {
			for unit := d.Size(); unit <= 32; unit *= 2 {
				store := tier.Scatter(d.Size(), unit)
				if store == nil {
					continue
				}
				for _, add := range []int{0, 1} {
					tryScatter(t, rng, tier, d, store, unit, add)
				}
			}
		}
	}
}

// tryScatter copies a tile to random places.
func tryScatter(t *testing.T, rng *rand.Rand, tier *isa.Tier, d dtype.Type, store isa.ScatterFunc, unit, add int) {
	t.Helper()
	const tall, units = 5, 3
	size, each := d.Size(), unit/d.Size()
	width := units*unit + 2*size
	tile := memory(rng, d, tall*width)
	got, want := twice(rng, d, 8192)
	rows, cols := make([]int, tall), make([]int, units*each)
	for i := range rows {
		rows[i] = i*1024 + size*rng.IntN(4)
	}
	for j := range cols {
		cols[j] = (units-1-j/each)*(unit+size) + j%each*size
	}
	if tier.Fetch != nil {
		tier.Fetch((*byte)(at(got)), &rows[0], &cols[0], tall, units, 8*each)
	}
	store((*byte)(at(got)), (*byte)(at(tile)), &rows[0], &cols[0], tall, units, width, 8*each, add)
	if size == 4 {
		generic.ScatterReals[float32](at(want), at(tile), rows, cols, width/size, add != 0)
	} else {
		generic.ScatterReals[float64](at(want), at(tile), rows, cols, width/size, add != 0)
	}
	mustBeNear(t, tier.Name+" "+d.String()+" scatter", size, 1, got, want)
}

func TestMicroKernelsOfEveryTierAreProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 1))
	for _, tier := range vec.Tiers() {
		for _, d := range []dtype.Type{dtype.Float32, dtype.Float64} {
			m := tier.MicrosFor(d.Size())
			for wide := 1; wide <= m.Vectors; wide++ {
				for _, k := range []int{1, 2, 3, 31, 70, 129} {
					tryMicro(t, rng, tier, d, m.Rows, wide, k, nil)
					for tall := range m.Strided {
						if kernel := m.Strided[tall][wide]; kernel != nil {
							tryMicro(t, rng, tier, d, tall, wide, k, kernel)
						}
					}
				}
			}
		}
	}
}

// tryMicro runs a micro-kernel on two panels: the one for packed panels, or one that
// reads them in place.
func tryMicro(t *testing.T, rng *rand.Rand, tier *isa.Tier, d dtype.Type, tall, wide, k int, inPlace isa.StridedFunc) {
	t.Helper()
	const panels, rowBytes = 2, 1024
	m, size := tier.MicrosFor(d.Size()), d.Size()
	lanes, mask := m.Lanes, uint64(1)<<m.Lanes-1
	last := lanes
	if m.Masks {
		last = 1 + rng.IntN(lanes)
		mask = 1<<last - 1
	}
	a, b := memory(rng, d, panels*k*tall*size), memory(rng, d, k*wide*lanes*size)
	got, want := twice(rng, d, panels*tall*rowBytes)
	rowA, rowC := make([]int, panels*tall), make([]int, panels*tall)
	for i := range rowA {
		rowA[i] = (i/tall*k*tall + i%tall) * size
		rowC[i] = (panels*tall-1-i)*rowBytes + size*rng.IntN(4)
	}
	colB, colC := make([]int, isa.MaxVectors), make([]int, isa.MaxVectors)
	for v := range wide {
		colB[v], colC[v] = v*lanes*size, (wide-1-v)*(lanes+1)*size
	}
	pairs := make([]int, 0, 2*k)
	for i := range k {
		pairs = append(pairs, i*tall*size, i*wide*lanes*size)
	}
	add := rng.IntN(2)
	left, right, to := (*byte)(at(a)), (*byte)(at(b)), (*byte)(at(got))
	if inPlace == nil {
		m.Kernels[wide](k, left, right, to, &rowC[0], &colC[0], panels, mask, add, uintptr(at(a)))
	} else {
		inPlace(&pairs[0], &pairs[2*k-1], left, right, to, &rowA[0], &rowC[0], &colB[0], &colC[0], panels, mask, add, uintptr(at(a)))
	}
	if size == 4 {
		product[float32](want, a, b, rowA, rowC, colB, colC, pairs, wide, lanes, last, add)
	} else {
		product[float64](want, a, b, rowA, rowC, colB, colC, pairs, wide, lanes, last, add)
	}
	mustBeNear(t, tier.Name+" "+d.String()+" micro-kernel", size, k, got, want)
}

// product is what micro-kernels compute.
func product[T float32 | float64](c, a, b []byte, rowA, rowC, colB, colC, pairs []int, wide, lanes, last, add int) {
	size := int(unsafe.Sizeof(T(0)))
	x, y, z := dtype.View[T](a), dtype.View[T](b), dtype.View[T](c)
	for i := range rowA {
		for v := range wide {
			for lane := range lanes {
				if v == wide-1 && lane >= last {
					continue
				}
				to := (rowC[i]+colC[v])/size + lane
				sum := T(add) * z[to]
				for p := 0; p < len(pairs); p += 2 {
					sum += x[(rowA[i]+pairs[p])/size] * y[(colB[v]+pairs[p+1])/size+lane]
				}
				z[to] = sum
			}
		}
	}
}

func TestMovesOfEveryTierEqualGeneric(t *testing.T) {
	rng := rand.New(rand.NewPCG(24, 1))
	for _, tier := range vec.Tiers() {
		if tier.Moves == nil {
			continue
		}
		for count := 1; count < 4; count++ {
			for bytes := 16; bytes <= 112; bytes += 16 {
				tryMove(t, rng, tier, tier.Moves.Copy, generic.Moves.Copy, []int{bytes}, bytes, count)
			}
			for i := range tier.Moves.Turns {
				rows := make([]int, 2*isa.MoveRows)
				for j := range isa.MoveRows {
					rows[j], rows[isa.MoveRows+j] = 4*rng.IntN(512), 36*(isa.MoveRows-j)
				}
				tryMove(t, rng, tier, tier.Moves.Turns[i], generic.Moves.Turns[i], rows, 512, count)
			}
			for i := range tier.Moves.Gathers {
				rows := []int{4 * rng.IntN(512), 4 * rng.IntN(512), 4 * rng.IntN(512), 4 * rng.IntN(512)}
				tryMove(t, rng, tier, tier.Moves.Gathers[i], generic.Moves.Gathers[i], rows, 512, count)
			}
		}
	}
}

// tryMove moves what lies at random places; each writes to so many bytes.
func tryMove(t *testing.T, rng *rand.Rand, tier *isa.Tier, move, reference isa.MoveFunc, rows []int, bytes, count int) {
	t.Helper()
	from := memory(rng, dtype.Float32, 4096)
	got, want := twice(rng, dtype.Float32, 4096)
	var places []int
	for i := range count {
		places = append(places, 4*rng.IntN(256), (bytes+4)*i+4*rng.IntN(2))
	}
	last := &places[len(places)-2]
	move((*byte)(at(got)), (*byte)(at(from)), &rows[0], &places[0], last)
	reference((*byte)(at(want)), (*byte)(at(from)), &rows[0], &places[0], last)
	if string(got) != string(want) {
		t.Fatalf("%v: a move of %d places by %v is not what portable Go makes of it", tier, count, rows)
	}
}

func TestFansOfEveryTierAreProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(25, 1))
	for _, tier := range vec.Tiers() {
		for _, d := range []dtype.Type{dtype.Float32, dtype.Float64} {
			for rows, list := range tier.FansFor(d.Size()) {
				for vectors, f := range list {
					for terms := 1; f != nil && terms < 6; terms++ {
						tryFan(t, rng, tier, d, f, rows, vectors, terms)
					}
				}
			}
		}
	}
}

// tryFan multiplies three groups at random places.
func tryFan(t *testing.T, rng *rand.Rand, tier *isa.Tier, d dtype.Type, f isa.FanFunc, rows, vectors, terms int) {
	t.Helper()
	size, long := d.Size(), vectors*tier.MicrosFor(d.Size()).Lanes
	x, y := memory(rng, d, 512*size), memory(rng, d, 512*size)
	got, want := twice(rng, d, 4096*size)
	stepY, rowC, add := size*(rows+rng.IntN(3)), size*(3*(long+2)+rng.IntN(3)), rng.IntN(2)
	var groups, at0 []int
	for g := range 3 {
		groups = append(groups, size*rng.IntN(100), size*(long+2)*(2-g), size*rng.IntN(100))
	}
	for range terms {
		at0 = append(at0, size*rng.IntN(300))
	}
	f((*byte)(at(got)), (*byte)(at(x)), (*byte)(at(y)), &groups[0], &groups[len(groups)-3], &at0[0], &at0[terms-1], stepY, rowC, add)
	if size == 4 {
		fan[float32](want, x, y, groups, at0, rows, long, stepY, rowC, add)
	} else {
		fan[float64](want, x, y, groups, at0, rows, long, stepY, rowC, add)
	}
	mustBeNear(t, tier.Name+" "+d.String()+" fan", size, terms, got, want)
}

// fan is what fans compute.
func fan[T float32 | float64](c, x, y []byte, groups, terms []int, rows, long, stepY, rowC, add int) {
	size := int(unsafe.Sizeof(T(0)))
	xs, ys, cs := dtype.View[T](x), dtype.View[T](y), dtype.View[T](c)
	for g := 0; g < len(groups); g += 3 {
		for i := range rows {
			for v := range long {
				sum := T(0)
				for k, at := range terms {
					sum += xs[(groups[g]+at)/size+v] * ys[(groups[g+2]+k*stepY)/size+i]
				}
				to := &cs[(groups[g+1]+i*rowC)/size+v]
				*to = T(add)**to + sum
			}
		}
	}
}

// What fetches ahead must neither fail nor change anything.
func TestTiersFetchLinesOfAnyNumber(t *testing.T) {
	m := kerneltest.Placed(4096, 0, 1)
	for _, lines := range []int{0, 1, 7, 64} {
		vec.FetchLines(uintptr(at(m)), lines)
		vec.HintLines(uintptr(at(m)), lines)
	}
	for i, b := range m {
		if b != 1 {
			t.Fatalf("byte %d is %d", i, b)
		}
	}
}
