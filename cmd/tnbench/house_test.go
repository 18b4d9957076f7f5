package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// floors are the packages from the top of the house to the bottom, as docs/DESIGN.md
// has them. A package may import what stands on a lower floor, and packages of its own
// folder.
var floors = [][]string{
	{"cmd/tnbench"},
	{"internal/page"},
	{"internal/draw"},
	{"internal/report"},
	{"internal/study", "internal/duel", "internal/sweep", "internal/explain"},
	{"internal/compare"},
	{"internal/bench", "internal/tune"},
	{"internal/contract", "internal/peaks"},
	{"internal/layout", "internal/slicing"},
	{"internal/region"},
	{"internal/kernel", "internal/alloc", "internal/verify", "internal/generate", "internal/keep"},
	{"internal/path"},
	{"internal/instance", "internal/result"},
	{"instances", "internal/dtype", "internal/machine", "internal/stats", "internal/warning", "internal/source",
		"internal/outfile", "internal/printable", "internal/await", "internal/size", "internal/suggest", "internal/phase", "internal/golden"},
}

// floorOf returns the floor and the folder of a package.
func floorOf(name string) (floor int, folder string) {
	for i, packages := range floors {
		for _, p := range packages {
			if name == p || strings.HasPrefix(name, p+"/") {
				return i, p
			}
		}
	}
	return -1, ""
}

// Bounds of a package, without tests and generated files. Commands have a file each.
const (
	mostFiles = 25
	mostLines = 4000
)

func TestTheHouseIsInOrder(t *testing.T) {
	if testing.Short() {
		t.Skip("asks the go tool")
	}
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Dir,GoFiles,IgnoredGoFiles", "../../cmd/...", "../../internal/...", "../../instances").Output()
	if err != nil {
		t.Skipf("go list: %v", err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Dir                  string
			Imports, GoFiles, IgnoredGoFiles []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, "tnbench/")
		floor, folder := floorOf(name)
		if floor < 0 {
			t.Errorf("%s stands on no floor: say which, and in docs/DESIGN.md what it is for", name)
			continue
		}
		for _, i := range p.Imports {
			to, ok := strings.CutPrefix(i, "tnbench/")
			if below, other := floorOf(to); ok && other != folder && below <= floor {
				t.Errorf("%s imports %s, which is not below it", name, to)
			}
		}
		files, lines := 0, 0
		for _, f := range slices.Concat(p.GoFiles, p.IgnoredGoFiles) {
			text, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(f, "_test.go") && !strings.HasSuffix(f, "_planted.go") && !bytes.HasPrefix(text, []byte("// Code generated")) {
				files, lines = files+1, lines+bytes.Count(text, []byte("\n"))
			}
		}
		if (lines > mostLines || files > mostFiles) && name != "cmd/tnbench" {
			t.Errorf("%s has %d files and %d lines, at most %d and %d are readable: it is of more than one subject", name, files, lines, mostFiles, mostLines)
		}
	}
}
