package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"tnbench/internal/alloc"
)

// twoLarge is a network with two intermediates of 46 MiB that live at once.
const twoLarge = `{"name":"two","format_string":"ax,xb,ay,yb->a","shapes":[[3000,2],[2,2000],[3000,2],[2,2000]],
"dtype":"float64","num_tensors":4,"paths":{"opt_flops":{"path":[[0,1],[0,1],[0,1]]}}}`

// TestTheForecastIsTheHighWaterMark runs each strategy in a process of its own and
// compares what the system saw with what was forecast.
func TestTheForecastIsTheHighWaterMark(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a process for each strategy")
	}
	file := filepath.Join(t.TempDir(), "two.json")
	if err := os.WriteFile(file, []byte(twoLarge), 0o644); err != nil {
		t.Fatal(err)
	}
	const several = "planned,slab,make"
	specs := alloc.Completions()
	for _, spec := range append(specs, several, "planned --streams 2") {
		t.Run(spec, func(t *testing.T) {
			list, more, _ := strings.Cut(spec, " ")
			first := list
			if list == several {
				first = "make"
			} else if err := alloc.Available(list); err != nil {
				t.Skip(err)
			}
			args := append([]string{"run", file, "--alloc", list, "--baseline", first, "--runs", "2", "--warmup", "1", "--check", "off", "--no-peaks", "-v"}, strings.Fields(more)...)
			child := exec.Command(os.Args[0], args...)
			child.Env = append(os.Environ(), asProgram+"=1")
			output, err := child.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, output)
			}
			m := regexp.MustCompile(`will take ([\d.]+) MiB`).FindSubmatch(output)
			if m == nil {
				t.Fatalf("no forecast in %s", output)
			}
			var forecast float64
			fmt.Sscan(string(m[1]), &forecast)
			mark := float64(child.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / 1024
			least, most := 0.9, 1.1
			if spec == "syncpool" {
				most = 2 // how many buffers exist twice is chance
			}
			if list != spec || list == several {
				most = 1.3 // processes beside it are not in its own mark; when garbage goes is chance
			}
			if ratio := forecast / mark; ratio < least || ratio > most {
				t.Errorf("forecast %.1f MiB, high-water mark %.1f MiB: %s", forecast, mark, output)
			}
		})
	}
}
