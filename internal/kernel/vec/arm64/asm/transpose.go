package main

import "fmt"

// Where a transposition is.
const (
	columns, across = r(21), r(13)
	xTile, at       = r(14), r(15)
	rowsLeft        = r(22)
	rowAt, cTile    = r(23), r(24)
	colsLeft, colAt = r(25), r(17)
	from            = r(10)
)

// The number that everything is multiplied with: its real part in all lanes, and for
// complex elements minus and plus its imaginary part in turns.
const (
	realPart = v(30)
	imagPart = v(31)
)

// tileTall is the rows of x that are done together, as many elements of a row of C.
const tileTall = 4

// transpose writes c[j][i] = x[i][j]·y, where the addresses of the rows of x and those
// of C come from tables. Complex elements stay together.
func (k routine) transpose() {
	wide := vector / k.bytes()
	k.stream("transpose", func() {
		k.spreadNumber()
		k.do("MOVD "+field("Terms")+", "+term.String(), "MOVD "+field("NumTerms")+", "+terms.String())
		k.label("down")
		k.do("MOVD "+field("Columns")+", "+columns.String(), "MOVD "+field("Length")+", "+across.String(), fmt.Sprintf("MOVD %v, %v", xAt, xTile))
		k.label("across")
		k.do(fmt.Sprintf("CMP $%d, %v", tileTall, terms), "BLT part")
		k.do(fmt.Sprintf("CMP $%d, %v", wide, across), "BLT part")
		k.wholeTile()
		k.do("B next")
		k.label("part")
		k.singles(wide)
		k.label("next")
		k.do(fmt.Sprintf("ADD $%d, %v", 8*wide, columns), fmt.Sprintf("ADD $%d, %v", vector, xTile))
		k.do(fmt.Sprintf("SUBS $%d, %v", wide, across), "BGT across")
		k.do(fmt.Sprintf("ADD $%d, %v", tileTall*k.bytes(), cAt), fmt.Sprintf("ADD $%d, %v", tileTall*pairBytes, term))
		k.do(fmt.Sprintf("SUBS $%d, %v", tileTall, terms), "BGT down")
	})
}

// spreadNumber fills registers with y.
func (k routine) spreadNumber() {
	k.do(fmt.Sprintf("%s (%v), F29", k.number(), yAt))
	k.do(fmt.Sprintf("VDUP V29.%s[0], %s", k.Suffix, realPart.as(k.Arranged)))
	if k.parts == 2 {
		k.do(fmt.Sprintf("VDUP V29.%s[1], %s", k.Suffix, imagPart.as(k.Arranged)))
		k.do(k.signs(to, 28)...)
		k.do(fmt.Sprintf("VEOR V28.B16, %[1]s, %[1]s", imagPart.as("B16")))
	}
}

// signs fills a register with the sign bits of real parts.
func (of real) signs(help r, to v) []string {
	if of.Bytes == 4 {
		return []string{fmt.Sprintf("MOVD $0x80000000, %v", help), fmt.Sprintf("VDUP %v, %s", help, to.as("D2"))}
	}
	return []string{fmt.Sprintf("MOVD $0x8000000000000000, %v", help), zero(to), fmt.Sprintf("VMOV %v, V%d.D[0]", help, int(to))}
}

// swap exchanges the parts of complex elements.
func (of real) swap(from, to v) string {
	if of.Bytes == 4 {
		return fmt.Sprintf("VREV64 %s, %s", from.as("S4"), to.as("S4"))
	}
	return fmt.Sprintf("VEXT $8, %[1]s, %[1]s, %[2]s", from.as("B16"), to.as("B16"))
}

// times multiplies a register with the number.
func (k routine) times(x v) []string {
	multiply := in("FMUL_"+k.Suffix, int(realPart), int(x), int(x))
	if k.parts == 1 {
		return []string{multiply}
	}
	const swapped = v(27)
	return []string{k.swap(x, swapped), multiply,
		fmt.Sprintf("VFMLA %s, %s, %s", imagPart.as(k.Arranged), swapped.as(k.Arranged), x.as(k.Arranged))}
}

// wholeTile does rows of x and a vector of each.
func (k routine) wholeTile() {
	for i := range tileTall {
		k.do(append([]string{fmt.Sprintf("MOVD %d(%v), %v", i*pairBytes, term, at), in("LDRQ", int(xTile), int(at), i)}, k.times(v(i))...)...)
	}
	if k.bytes() < vector {
		k.square(k.bytes())
	}
	for j := range vector / k.bytes() {
		k.do(fmt.Sprintf("MOVD %d(%v), %v", 8*j, columns, at), fmt.Sprintf("ADD %v, %v", cAt, at))
		switch k.bytes() {
		case 4:
			k.do(fmt.Sprintf("FMOVQ F%d, (%v)", j, at))
		case 8:
			k.do(fmt.Sprintf("FSTPQ (F%d, F%d), (%v)", 2*j, 2*j+1, at))
		default:
			k.do(fmt.Sprintf("FSTPQ (F0, F1), (%v)", at), fmt.Sprintf("FSTPQ (F2, F3), %d(%v)", 2*vector, at))
		}
	}
}

// singles does a tile at the edge element by element.
func (k routine) singles(wide int) {
	least := func(most int, n, to r) {
		k.do(fmt.Sprintf("MOVD $%d, %v", most, to), fmt.Sprintf("CMP %v, %v", to, n), fmt.Sprintf("CSEL LT, %v, %v, %v", n, to, to))
	}
	least(tileTall, terms, rowsLeft)
	k.do(fmt.Sprintf("MOVD %v, %v", term, rowAt), fmt.Sprintf("MOVD %v, %v", cAt, cTile))
	k.label("partRow")
	least(wide, across, colsLeft)
	k.do(fmt.Sprintf("MOVD.P %d(%v), %v", pairBytes, rowAt, from), fmt.Sprintf("ADD %v, %v", xTile, from), fmt.Sprintf("MOVD %v, %v", columns, colAt))
	k.label("partCol")
	k.do(append([]string{fmt.Sprintf("%s.P %d(%v), F0", k.number(), k.bytes(), from)}, k.times(0)...)...)
	k.do(fmt.Sprintf("MOVD.P 8(%v), %v", colAt, at), fmt.Sprintf("ADD %v, %v", cTile, at), fmt.Sprintf("%s F0, (%v)", k.number(), at))
	k.do(fmt.Sprintf("SUBS $1, %v", colsLeft), "BNE partCol")
	k.do(fmt.Sprintf("ADD $%d, %v", k.bytes(), cTile))
	k.do(fmt.Sprintf("SUBS $1, %v", rowsLeft), "BNE partRow")
}
