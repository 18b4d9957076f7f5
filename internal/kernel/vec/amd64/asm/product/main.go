// Command product writes the assembly of the large products: the micro-kernels,
// the loops that measure the peak, the packers, and the fetching ahead. The
// outputs are committed; after a change here run "go generate
// ./internal/kernel/..." at the root.
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"

	"tnbench/internal/kernel/vec/amd64/asm/simd"
)

// maxVectors is the width of the largest micro-kernels in vectors.
const maxVectors = 3

// real is an element type of the micro-kernels.
type real struct {
	name string
	size int
}

var reals = []real{{"F32", 4}, {"F64", 8}}

// parts are the files that can be written.
var parts = map[string]func(){
	"avx512": func() { products(simd.AVX512) },
	"avx2":   func() { products(simd.AVX2) },
	"pack":   packers,
	"tile":   scatters,
	"move":   moves,
	"ahead":  fetching,
}

func main() {
	part := flag.String("part", "", "which file to write: avx512, avx2, pack, tile, move or ahead, or tables")
	tables := flag.String("tables", "", "file for the tables of the micro-kernels")
	flag.Parse()
	if *part == "tables" {
		if err := writeTables(*tables); err != nil {
			log.Fatal(err)
		}
		return
	}
	write, ok := parts[*part]
	if !ok {
		log.Fatalf("unknown part %q", *part)
	}
	ConstraintExpr("!noasm")
	write()
	Generate()
}

// heights returns the rows of the kernels in place: those of a panel, and few enough
// that two halves would be slower. Six rows as three and three, and seven as four and
// three, take no more multiply-adds than the chains of sums leave time for.
func heights(set simd.ISA) []int { return append([]int{1, 2, 3, 4, 5}[:min(5, set.Rows-1)], set.Rows) }

// products writes the micro-kernels and the peak loops of an instruction set.
func products(set simd.ISA) {
	for _, elem := range reals {
		for vectors := 1; vectors <= maxVectors; vectors++ {
			micro{set, elem, set.Rows, vectors}.generate()
			for _, rows := range heights(set) {
				strided{micro{set, elem, rows, vectors}}.generate()
			}
		}
		peak(set, elem)
	}
	fans(set)
}
