// Command asm writes the assembly for 64-bit ARM: shapes of kernels are data here,
// and a line of what it writes is a row of a tile. The outputs are committed; after a
// change here run "go generate ./internal/kernel/..." at the root.
package main

import (
	"flag"
	"log"
	"path/filepath"
)

// real is an element type of the kernels.
type real struct {
	Name     string
	Bytes    int
	Arranged string // how a vector of them is written
	Suffix   string // of instructions
}

// vector is the bytes of a register.
const vector = 16

// Lanes is the elements of a vector.
func (r real) Lanes() int { return vector / r.Bytes }

var reals = []real{{"F32", 4, "S4", "S"}, {"F64", 8, "D2", "D"}}

// parts are the files that are written, without their endings.
var parts = map[string]func(*file){
	"product": products,
	"pack":    packers,
	"stream":  streams,
}

func main() {
	folder := flag.String("folder", ".", "where the files go")
	flag.Parse()
	for name, write := range parts {
		f := &file{}
		write(f)
		if err := f.save(filepath.Join(*folder, name+"_arm64")); err != nil {
			log.Fatal(err)
		}
	}
	for name, write := range map[string]func(string) error{
		"micros_arm64.go": writeTables, "run_arm64.go": writeDispatch, "layout_arm64_test.go": writeLayout,
	} {
		if err := write(filepath.Join(*folder, name)); err != nil {
			log.Fatal(err)
		}
	}
}
