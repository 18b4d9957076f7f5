// Command gemm writes the assembly of the large products: the micro-kernels,
// the loops that measure the peak, the packers, and the fetching ahead. The
// outputs are committed; after a change here run "go generate ./internal/kernel"
// at the root.
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"
)

// isa is a vector extension as the generators see it.
type isa struct {
	suffix string // in function names
	vector int    // bytes of a vector register
	rows   int    // of the largest micro-kernel
	masks  bool   // stores can be masked at no cost
}

var (
	avx512 = isa{suffix: "AVX512", vector: 64, rows: 8, masks: true}
	avx2   = isa{suffix: "AVX2", vector: 32, rows: 4}
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
	"avx512": func() { products(avx512) },
	"avx2":   func() { products(avx2) },
	"pack":   packers,
	"tile":   scatters,
	"ahead":  fetching,
}

func main() {
	part := flag.String("part", "", "which file to write: avx512, avx2, pack, tile or ahead")
	flag.Parse()
	write, ok := parts[*part]
	if !ok {
		log.Fatalf("unknown part %q", *part)
	}
	ConstraintExpr("!noasm")
	write()
	Generate()
}

// products writes the micro-kernels and the peak loops of an instruction set.
func products(set isa) {
	for _, elem := range reals {
		for rows := 1; rows <= set.rows; rows++ {
			for vectors := 1; vectors <= maxVectors; vectors++ {
				m := micro{set, elem, rows, vectors}
				m.generate()
				strided{m}.generate()
			}
		}
		peak(set, elem)
	}
}
