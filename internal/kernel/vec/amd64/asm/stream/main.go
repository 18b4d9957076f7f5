// Command stream writes the assembly of the streaming routines, the Go code that
// chooses among them and the test that holds the layout of their arguments against
// what the assembly takes it for. The outputs are committed; after a change here run
// "go generate ./internal/kernel/..." at the root.
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"

	"tnbench/internal/kernel/vec/amd64/asm/simd"
)

func main() {
	part := flag.String("part", "", "what to write: avx512 or avx2, or go")
	dispatch := flag.String("dispatch", "", "file for the Go code that calls the routines")
	layout := flag.String("layout", "", "file for the test of the arguments' layout")
	flag.Parse()
	if *part == "go" {
		// The names come with the routines, which are not printed here.
		if err := writeDispatch(*dispatch, append(allRoutines(simd.AVX2), allRoutines(simd.AVX512)...)); err != nil {
			log.Fatal(err)
		}
		if err := simd.WriteGo(*layout, layoutText, places()); err != nil {
			log.Fatal(err)
		}
		return
	}
	set, ok := map[string]simd.ISA{"avx512": simd.AVX512, "avx2": simd.AVX2}[*part]
	if !ok {
		log.Fatalf("unknown part %q: want avx512, avx2 or go", *part)
	}
	ConstraintExpr("!noasm")
	allRoutines(set)
	Generate()
}

// allRoutines writes the routines of an extension and returns their names by slot:
// the number that the kernels know a routine by.
func allRoutines(set simd.ISA) (names []string) {
	for _, e := range elements {
		names = append(names, routines(kit{ISA: set, element: e})...)
	}
	return names
}

// routines writes every routine for one kind of element and returns their names
// in the order of their slots.
func routines(k kit) []string {
	names := []string{k.multiply()}
	for _, rows := range []int{1, 2, 3, 4, 6, 8} {
		if k.complex && rows > maxComplexRows {
			names = append(names, "")
			continue
		}
		names = append(names, k.scale(rows))
	}
	for _, rows := range []int{1, 4} {
		names = append(names, k.dot(rows))
	}
	names = append(names, k.sum(), k.transpose())
	k.past = true
	return append(names, k.multiply(), k.scale(1))
}
