package main

import "fmt"

// inPlaced is the registers of a kernel for operands in place.
var inPlaced = struct {
	rows                    [tileRows]r // the addresses of rows
	cols                    [maxVectors]r
	term, last, left, right r
	later                   r
	rowA, colB, colC        r
	panels, first           r
	a, b                    r
	stores
}{rows: [tileRows]r{0, 1, 2, 3, 4, 5, 6, 7}, cols: [maxVectors]r{8, 9, 10},
	term: 11, last: 12, left: 13, right: 14, later: 15, rowA: 16, colB: 19, colC: 20, panels: 21, first: 23, a: 24, b: 25,
	// Addresses of the operands are not needed while a tile is stored.
	stores: stores{dest: 26, rows: 17, cols: [maxVectors]r{1, 2, 3}, row: 0, at: 4, add: 22}}

// pairBytes is the size of a term in the table.
const pairBytes = 16

// inPlace writes the kernel that reads operands where they are, through tables of
// offsets. It does the same multiply-adds in the same order as the one for panels.
func (m micro) inPlace() {
	m.function(fmt.Sprintf("strided%sx%dx%d", m.Name, m.tall, m.wide),
		"terms *int, last *int, a *byte, b *byte, c *byte, rowA *int, rowC *int, colB *int, colC *int, panels int, mask uint64, add int, ahead uintptr")
	p := inPlaced
	m.load(argument{"terms", p.first}, argument{"last", p.last}, argument{"a", p.a}, argument{"b", p.b}, argument{"c", p.dest})
	m.load(argument{"rowA", p.rowA}, argument{"rowC", p.stores.rows}, argument{"colB", p.colB}, argument{"colC", p.colC})
	m.load(argument{"panels", p.panels}, argument{"add", p.add}, argument{"ahead", p.later})
	m.label("panel")
	m.do(fmt.Sprintf("SUB %v, %v, %v", p.first, p.last, p.left))
	m.do(fmt.Sprintf("CMP $%d, %v", pairBytes*fetchDepth-8, p.left))
	m.do("BLT shallow")
	m.do(fmt.Sprintf("MOVD %v, %v", p.colC, p.at))
	m.columns(p.stores)
	m.touch(p.stores)
	m.label("shallow")
	for i := range m.tall {
		m.do(fmt.Sprintf("MOVD.P 8(%v), %v", p.rowA, p.rows[i]), fmt.Sprintf("ADD %v, %v", p.a, p.rows[i]))
	}
	for j := range m.wide {
		m.do(fmt.Sprintf("MOVD %d(%v), %v", 8*j, p.colB, p.cols[j]), fmt.Sprintf("ADD %v, %v", p.b, p.cols[j]))
	}
	m.clear(0, m.tall*m.wide)
	m.do(fmt.Sprintf("MOVD %v, %v", p.first, p.term))
	m.label("loop")
	m.do(fmt.Sprintf("LDP.P %d(%v), (%v, %v)", pairBytes, p.term, p.left, p.right))
	var right []string
	for j := range m.wide {
		right = append(right, in("LDRQ", int(p.cols[j]), int(p.right), int(rightAt)+j))
	}
	m.do(right...)
	m.fetchLater(p.later)
	for i := range m.tall {
		x := leftAt + v(i%4)
		m.do(append([]string{fmt.Sprintf("FMOV%s (%v)(%v), %s", m.Suffix, p.rows[i], p.left, x.scalar())}, m.row(i, x, 0)...)...)
	}
	m.do(fmt.Sprintf("CMP %v, %v", p.last, p.term))
	m.do("BLT loop")
	m.do(fmt.Sprintf("MOVD %v, %v", p.colC, p.at))
	m.columns(p.stores)
	m.store(p.stores)
	m.do(fmt.Sprintf("SUBS $1, %v", p.panels))
	m.do("BNE panel")
	m.do("RET")
}

// peakChains is how many multiply-adds of the peak loop do not wait for each other:
// more than latency × issue width on any known core.
const peakChains = 24

// peak writes a loop of multiply-adds on registers alone.
func peak(f *file, of real) {
	f.function("peak"+of.Name, "turns int")
	f.load(argument{"turns", 0})
	f.clear(0, peakChains+2)
	var sums []string
	for i := range v(peakChains) {
		sums = append(sums, fmt.Sprintf("VFMLA %s, %s, %s", v(peakChains).as(of.Arranged), v(peakChains+1).as(of.Arranged), i.as(of.Arranged)))
	}
	f.label("loop")
	f.do(sums...)
	f.do("SUBS $1, R0")
	f.do("BNE loop")
	f.do("RET")
}

// eachLine writes a function that does something with contiguous lines.
func eachLine(f *file, name, instruction string) {
	f.function(name, "at uintptr, lines int")
	f.load(argument{"at", 0}, argument{"lines", 1})
	f.do("CMP $0, R1")
	f.do("BLE done")
	f.label("loop")
	f.do(instruction)
	f.do(fmt.Sprintf("ADD $%d, R0", line))
	f.do("SUBS $1, R1")
	f.do("BNE loop")
	f.label("done")
	f.do("RET")
}
