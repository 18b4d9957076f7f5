package main

import (
	"bytes"
	"fmt"
)

// slotsPerType is how many routines there are for each kind of element.
const slotsPerType = 13

// writeDispatch writes a switch over the routines. Direct calls let the compiler see
// that the arguments do not escape, which it cannot through a table of functions.
func writeDispatch(path string) error {
	var w bytes.Buffer
	fmt.Fprint(&w, notice+`package arm64

import (
	"unsafe"

	"tnbench/internal/kernel/vec/isa"
)

// Run calls the routine at a slot. None stores past the caches.
func Run(slot uint8, a *isa.Args) {
	args := (*byte)(unsafe.Pointer(a))
	switch slot {
`)
	for i, e := range elements {
		scale := func(rows int) string { return fmt.Sprintf("scale%dx%s(args)", rows, e.Label) }
		both := func(first, second int) string {
			return fmt.Sprintf("%s\nmove(a, %d)\n%s\nmove(a, -%d)", scale(first), first, scale(second), first)
		}
		for _, x := range []struct {
			slots []int
			call  string
		}{
			{[]int{0, 11}, "multiply" + e.Label + "(args)"},
			{[]int{1, 12}, scale(1)}, {[]int{2}, scale(2)}, {[]int{3}, both(2, 1)}, {[]int{4}, scale(4)}, {[]int{5}, both(4, 2)}, {[]int{6}, both(4, 4)},
			{[]int{7}, "dot1x" + e.Label + "(args)"}, {[]int{8}, "dot4x" + e.Label + "(args)"},
			{[]int{9}, "sum" + e.Label + "(args)"}, {[]int{10}, "transpose" + e.Label + "(args)"},
		} {
			fmt.Fprint(&w, "case ")
			for j, slot := range x.slots {
				if j > 0 {
					fmt.Fprint(&w, ", ")
				}
				fmt.Fprint(&w, i*slotsPerType+slot)
			}
			fmt.Fprintf(&w, ":\n%s\n", x.call)
		}
	}
	fmt.Fprint(&w, `}
}

// move goes on to the rows that come so many later.
func move(a *isa.Args, rows int) {
	a.C, a.Y = unsafe.Add(a.C, rows*a.RowC), unsafe.Add(a.Y, rows*a.RowY)
}
`)
	return saveGo(path, w.Bytes())
}

// writeLayout writes the test that holds the layout of the arguments against what the
// assembly takes it for.
func writeLayout(path string) error {
	var w bytes.Buffer
	fmt.Fprint(&w, notice+`package arm64

import (
	"testing"
	"unsafe"

	"tnbench/internal/kernel/vec/isa"
)

func TestArgumentsLieWhereTheAssemblyLooksForThem(t *testing.T) {
	var (
		Args       isa.Args
		RunOffset  isa.RunOffset
		TermOffset isa.TermOffset
	)
	for _, x := range []struct {
		name      string
		got, want uintptr
	}{
`)
	for _, p := range places {
		fmt.Fprintf(&w, "{%q, unsafe.Offsetof(%s), %d},\n", p.name, p.name, p.at)
	}
	fmt.Fprintf(&w, "{\"size of RunOffset\", unsafe.Sizeof(RunOffset), %d},\n", runBytes)
	fmt.Fprintf(&w, "{\"size of TermOffset\", unsafe.Sizeof(TermOffset), %d},\n", pairBytes)
	fmt.Fprintf(&w, "{\"SlotsPerType\", isa.SlotsPerType, %d},\n", slotsPerType)
	w.WriteString(`} {
		if x.got != x.want {
			t.Errorf("%s is %d, but the assembly was generated with %d", x.name, x.got, x.want)
		}
	}
}
`)
	return saveGo(path, w.Bytes())
}

// runBytes is the size of where a run starts.
const runBytes = 24
