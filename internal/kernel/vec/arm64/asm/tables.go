package main

import (
	"bytes"
	"fmt"
	"strings"
)

// writeTables writes the tables of the micro-kernels.
func writeTables(path string) error {
	var w bytes.Buffer
	fmt.Fprint(&w, notice+"package arm64\n\nimport \"tnbench/internal/kernel/vec/isa\"\n\n")
	fmt.Fprintf(&w, "// peakFMAs is the vector multiply-adds in a turn of the peak loops.\nconst peakFMAs = %d\n", peakChains)
	for _, of := range reals {
		fmt.Fprintf(&w, "\n// micros%s are the micro-kernels for reals of %d bytes.\nvar micros%s = isa.Micros{\n", of.Name, of.Bytes, of.Name)
		fmt.Fprintf(&w, "Rows: %d, Vectors: isa.MaxVectors, Lanes: %d, Large: %d,\n", tileRows, of.Lanes(), largeTile)
		fmt.Fprintf(&w, "Kernels: [isa.MaxVectors + 1]isa.MicroFunc{%s},\n", family("micro"+of.Name, tileRows))
		fmt.Fprint(&w, "Strided: [][isa.MaxVectors + 1]isa.StridedFunc{\n")
		for _, tall := range heights {
			fmt.Fprintf(&w, "%d: {%s},\n", tall, family("strided"+of.Name, tall))
		}
		fmt.Fprint(&w, "},\n}\n")
	}
	return saveGo(path, w.Bytes())
}

// family lists the kernels of some rows by their vectors.
func family(name string, tall int) string {
	var list []string
	for wide := 1; wide <= maxVectors; wide++ {
		list = append(list, fmt.Sprintf("%d: %sx%dx%d", wide, name, tall, wide))
	}
	return strings.Join(list, ", ")
}
