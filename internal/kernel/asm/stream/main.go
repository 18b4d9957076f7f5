// Command stream writes the assembly of the streaming routines and the Go code
// that chooses among them. The outputs are committed; after a change here run
// "go generate ./internal/kernel" at the root.
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	part := flag.String("part", "", "instruction set to write: avx512 or avx2")
	dispatch := flag.String("dispatch", "", "file for the Go code that calls the routines")
	flag.Parse()
	set, ok := map[string]isa{"avx512": avx512, "avx2": avx2}[*part]
	if !ok {
		log.Fatalf("unknown part %q: want avx512 or avx2", *part)
	}
	ConstraintExpr("!noasm")
	var names [][]string
	for _, e := range elements {
		names = append(names, routines(kit{isa: set, element: e}))
	}
	if err := writeDispatch(*dispatch, set, names); err != nil {
		log.Fatal(err)
	}
	Generate()
}

// routines writes every routine for one kind of element and returns their names
// by slot: the number that the kernels know a routine by.
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
