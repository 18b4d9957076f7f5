package main

import "fmt"

// element is what an operand of a stream consists of. Complex ones are taken apart as
// they are loaded: a unit is a vector of their real parts and one of the imaginary.
type element struct {
	real
	Label string
	parts int
}

var elements = []element{
	{reals[0], "F32", 1}, {reals[1], "F64", 1}, {reals[0], "C64", 2}, {reals[1], "C128", 2},
}

func (e element) bytes() int { return e.parts * e.Bytes }

// number loads or stores a whole element: the parts of a complex one side by side.
func (e element) number() string {
	return map[int]string{4: "FMOVS", 8: "FMOVD", 16: "FMOVQ"}[e.bytes()]
}

// group is how many units of a run are done together, or that one element is.
type group struct {
	units  int
	single bool
}

func (e element) elements(g group) int {
	if g.single {
		return 1
	}
	return g.units * e.Lanes()
}

// Fields of isa.Args, and of the offsets, by name.
var places = []struct {
	name string
	at   int
}{
	{"Args.C", 0}, {"Args.X", 8}, {"Args.Y", 16}, {"Args.Runs", 24}, {"Args.NumRuns", 32}, {"Args.Terms", 40}, {"Args.NumTerms", 48},
	{"Args.Length", 56}, {"Args.RowY", 64}, {"Args.RowC", 72}, {"Args.Add", 80}, {"Args.Columns", 88},
	{"RunOffset.C", 0}, {"RunOffset.X", 8}, {"RunOffset.Y", 16}, {"TermOffset.X", 0}, {"TermOffset.Y", 8},
}

// field addresses a field of the arguments.
func field(name string) string {
	for _, p := range places {
		if p.name == "Args."+name {
			return fmt.Sprintf("%d(%v)", p.at, args)
		}
	}
	panic("no field " + name)
}

// The registers of the streams.
const (
	args       = r(0)
	runs, left = r(1), r(2)
	cAt, xAt   = r(3), r(4)
	yAt, run   = r(5), r(6) // run is the elements of it to go
	term       = r(7)
	terms      = r(8)
	xTerm      = r(9)
	adding     = r(11)
	rowY, rowC = r(12), r(19)
	to, row    = r(16), r(20)
)

// yTerms are where rows of y start for a term.
var yTerms = [4]r{10, 13, 14, 15}

// Sums take up to 16 registers, x and y 8 each.
const (
	sumsAt   = v(0)
	xVectors = v(16)
	yVectors = v(24)
)

// routine is a function of streams for one kind of element.
type routine struct {
	*file
	element
}

// stream writes a function around what it does with a run.
func (k routine) stream(name string, body func()) {
	k.function(name+k.Label, "args *byte")
	k.load(argument{"args", args})
	k.do("MOVD "+field("Runs")+", "+runs.String(), "MOVD "+field("NumRuns")+", "+left.String(), "MOVD "+field("Add")+", "+adding.String())
	k.do("MOVD "+field("RowY")+", "+rowY.String(), "MOVD "+field("RowC")+", "+rowC.String())
	k.label("run")
	for _, x := range []struct {
		name string
		at   r
	}{{"C", cAt}, {"X", xAt}, {"Y", yAt}} {
		k.do("MOVD "+field(x.name)+", "+x.at.String(), fmt.Sprintf("MOVD.P 8(%v), %v", runs, to), fmt.Sprintf("ADD %v, %v", to, x.at))
	}
	body()
	k.do(fmt.Sprintf("SUBS $1, %v", left), "BNE run")
	k.do("RET")
}

// alongRun writes the loops that walk a run in groups of so many units, in single units
// and element by element. The pointers move along.
func (k routine) alongRun(units int, body func(group), pointers ...r) {
	k.do("MOVD " + field("Length") + ", " + run.String())
	step := func(g group) {
		n := k.elements(g)
		var line []string
		for _, p := range pointers {
			line = append(line, fmt.Sprintf("ADD $%d, %v", n*k.bytes(), p))
		}
		if line != nil {
			k.do(line...)
		}
	}
	for _, n := range []int{units, 1} {
		g := group{n, false}
		again, smaller := k.newLabel("whole"), k.newLabel("smaller")
		k.do(fmt.Sprintf("CMP $%d, %v", k.elements(g), run), "BLT "+smaller)
		k.label(again)
		body(g)
		step(g)
		k.do(fmt.Sprintf("SUB $%d, %v", k.elements(g), run), fmt.Sprintf("CMP $%d, %v", k.elements(g), run), "BGE "+again)
		k.label(smaller)
	}
	again, done := k.newLabel("single"), k.newLabel("done")
	k.do(fmt.Sprintf("CBZ %v, %s", run, done))
	k.label(again)
	g := group{1, true}
	body(g)
	step(g)
	k.do(fmt.Sprintf("SUBS $1, %v", run), "BNE "+again)
	k.label(done)
}

// eachTerm writes a loop over the terms of a sum with the addresses of x and of rows
// of y for each.
func (k routine) eachTerm(rows int, body func()) {
	again := k.newLabel("term")
	k.do("MOVD "+field("Terms")+", "+term.String(), "MOVD "+field("NumTerms")+", "+terms.String())
	k.label(again)
	line := []string{fmt.Sprintf("LDP.P %d(%v), (%v, %v)", pairBytes, term, xTerm, yTerms[0]),
		fmt.Sprintf("ADD %v, %v", xAt, xTerm), fmt.Sprintf("ADD %v, %v", yAt, yTerms[0])}
	for j := 1; j < rows; j++ {
		line = append(line, fmt.Sprintf("ADD %v, %v, %v", rowY, yTerms[j-1], yTerms[j]))
	}
	k.do(line...)
	body()
	k.do(fmt.Sprintf("SUBS $1, %v", terms), "BNE "+again)
}

// move loads a group, or stores it, and moves on.
func (k routine) move(at r, x v, g group, store bool) (line []string) {
	way := func(instruction, post, registers string) string {
		if store {
			return fmt.Sprintf("%s.P %s, %s(%v)", instruction, registers, post, at)
		}
		return fmt.Sprintf("%s.P %s(%v), %s", instruction, post, at, registers)
	}
	for u := range v(g.units) {
		switch first := x + u*v(k.parts); {
		case g.single:
			for part := range v(k.parts) {
				line = append(line, way("FMOV"+k.Suffix, fmt.Sprint(k.Bytes), (first+part).scalar()))
			}
		case k.parts == 1:
			line = append(line, way("FMOVQ", fmt.Sprint(vector), first.scalar()))
		default:
			instruction := "VLD2"
			if store {
				instruction = "VST2"
			}
			line = append(line, way(instruction, fmt.Sprint(2*vector), fmt.Sprintf("[%s, %s]", first.as(k.Arranged), (first+1).as(k.Arranged))))
		}
	}
	return line
}

// multiplyGroup adds products of x and y to sums, unit by unit.
func (k routine) multiplyGroup(sums v, g group) (line []string) {
	for u := range v(g.units) {
		at := u * v(k.parts)
		x, y, s := xVectors+at, yVectors+at, sums+at
		fma := func(name string, y, x, s v) string {
			return fmt.Sprintf("%s %s, %s, %s", name, y.as(k.Arranged), x.as(k.Arranged), s.as(k.Arranged))
		}
		if k.parts == 1 {
			line = append(line, fma("VFMLA", y, x, s))
			continue
		}
		line = append(line, fma("VFMLA", y, x, s), fma("VFMLA", y+1, x, s+1), fma("VFMLS", y+1, x+1, s), fma("VFMLA", y, x+1, s+1))
	}
	return line
}

// scaleGroup adds x times a number to sums.
func (k routine) scaleGroup(sums, number v, g group) (line []string) {
	fma := func(name string, x v, part int, s v) {
		line = append(line, in(name+"_"+k.Suffix, int(x), int(number), part, int(s)))
	}
	for part := range v(k.parts) {
		for u := range v(g.units) {
			at := u * v(k.parts)
			x, s := xVectors+at+part, sums+at
			fma([]string{"FMLA", "FMLS"}[part], x, int(part), s)
			if k.parts == 2 {
				fma("FMLA", x, int(1-part), s+1)
			}
		}
	}
	return line
}

// finish adds sums of some rows to C, if asked to, and stores them.
func (k routine) finish(rows int, g group) {
	n := g.units * k.parts
	eachRow := func(do func(sums v) []string) {
		k.do(fmt.Sprintf("MOVD %v, %v", cAt, row))
		for j := range rows {
			next := []string{fmt.Sprintf("MOVD %v, %v", row, to), fmt.Sprintf("ADD %v, %v", rowC, row)}
			k.do(append(next, do(sumsAt+v(j*n))...)...)
		}
	}
	store := k.newLabel("store")
	k.do(fmt.Sprintf("CBZ %v, %s", adding, store))
	eachRow(func(sums v) []string {
		line := k.move(to, yVectors, g, false)
		for i := range n {
			line = append(line, in("FADD_"+k.Suffix, int(yVectors)+i, int(sums)+i, int(sums)+i))
		}
		return line
	})
	k.label(store)
	eachRow(func(sums v) []string { return k.move(to, sums, g, true) })
}

// multiply writes c[i] = Σ x[i]·y[i].
func (k routine) multiply() {
	k.stream("multiply", func() {
		k.alongRun(4, func(g group) {
			k.clear(sumsAt, g.units*k.parts)
			k.eachTerm(1, func() {
				k.do(k.move(xTerm, xVectors, g, false)...)
				k.do(k.move(yTerms[0], yVectors, g, false)...)
				k.do(k.multiplyGroup(sumsAt, g)...)
			})
			k.finish(1, g)
		}, cAt, xAt, yAt)
	})
}

// scale writes c[j][i] = Σ x[i]·y[j] for some rows.
func (k routine) scale(rows int) {
	k.stream(fmt.Sprintf("scale%dx", rows), func() {
		k.alongRun(min(4, 16/rows/k.parts), func(g group) {
			k.clear(sumsAt, rows*g.units*k.parts)
			k.eachTerm(1, func() {
				k.do(k.move(xTerm, xVectors, g, false)...)
				for j := range v(rows) {
					number := []string{fmt.Sprintf("%s (%v), %s", k.number(), yTerms[0], (yVectors + j).scalar()), fmt.Sprintf("ADD %v, %v", rowY, yTerms[0])}
					k.do(append(number, k.scaleGroup(sumsAt+j*v(g.units*k.parts), yVectors+j, g)...)...)
				}
			})
			k.finish(rows, g)
		}, cAt, xAt)
	})
}

// dot writes c[j] = Σ Σ x[i]·y[j][i] for some rows.
func (k routine) dot(rows int) {
	units := min(4, 16/rows/k.parts)
	k.stream(fmt.Sprintf("dot%dx", rows), func() {
		k.clear(sumsAt, rows*units*k.parts)
		k.eachTerm(rows, func() {
			k.alongRun(units, func(g group) {
				k.do(k.move(xTerm, xVectors, g, false)...)
				for j := range rows {
					k.do(append(k.move(yTerms[j], yVectors, g, false), k.multiplyGroup(sumsAt+v(j*units*k.parts), g)...)...)
				}
			})
		})
		k.reduce(rows, units)
	})
}

// sum writes c = Σ (Σ x[i])·y.
func (k routine) sum() {
	const units = 4
	k.stream("sum", func() {
		k.clear(sumsAt, units*k.parts)
		k.eachTerm(1, func() {
			k.do(fmt.Sprintf("%s (%v), %s", k.number(), yTerms[0], yVectors.scalar()))
			k.alongRun(units, func(g group) {
				k.do(append(k.move(xTerm, xVectors, g, false), k.scaleGroup(sumsAt, yVectors, g)...)...)
			})
		})
		k.reduce(1, units)
	})
}

// reduce adds up the sums of each row, then their lanes, and writes the results.
func (k routine) reduce(rows, units int) {
	add := func(name string, m, n, d int) string { return in(name+"_"+k.Suffix, m, n, d) }
	for j := range rows {
		s, line := int(sumsAt)+j*units*k.parts, []string(nil)
		for n := units / 2; n > 0; n /= 2 {
			for i := range n * k.parts {
				line = append(line, add("FADD", s+n*k.parts+i, s+i, s+i))
			}
		}
		line = append(line, add("FADDP", s+k.parts-1, s, s))
		if k.Bytes == 4 {
			line = append(line, add("FADDP", s, s, s))
		}
		k.do(line...)
		store := k.newLabel("store")
		k.do(fmt.Sprintf("CBZ %v, %s", adding, store))
		k.do(fmt.Sprintf("%s (%v), %s", k.number(), cAt, yVectors.scalar()), add("FADD", int(yVectors), s, s))
		k.label(store)
		k.do(fmt.Sprintf("%s F%d, (%v)", k.number(), s, cAt), fmt.Sprintf("ADD %v, %v", rowC, cAt))
	}
}

// streams writes all routines.
func streams(f *file) {
	for _, e := range elements {
		k := routine{f, e}
		k.multiply()
		for _, rows := range scaledRows {
			k.scale(rows)
		}
		k.dot(1)
		k.dot(4)
		k.sum()
		k.transpose()
	}
}

// scaledRows are the rows that there are functions for. More are done by several.
var scaledRows = []int{1, 2, 4}
