// Faults plants faults that make results wrong, one at a time in a copy of the
// tree, and tells what finds each of them: the program itself, as a user runs it,
// or a test. It fails if one goes unnoticed.
//
//	go run ./scripts/faults [WORD]      with a word: only the faults whose names have it
//
// It builds the program for every fault and takes some minutes.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// fault is a patch: old, which the file has exactly once, becomes new, and more is
// added at its end.
type fault struct {
	name, file, old, new, more string
	tests                      string // package and test that find it if the program does not
}

var faults = []fault{
	// Kernels.
	{name: "a small kernel swaps its operands' terms", file: "internal/kernel/tiny.go", old: "= x0*y0 + x1*y1", new: "= x0*y1 + x1*y0"},
	{name: "a small kernel leaves out the last term", file: "internal/kernel/tiny.go", old: "for _, t := range terms {", new: "for _, t := range terms[1:] {"},
	{name: "a product forgets what it summed before", file: "internal/kernel/product/run.go", old: "add: flag(depth.from > 0 || w.env.Add)", new: "add: flag(false)"},
	{name: "a product skips the rows that fill no tile", file: "internal/kernel/product/run.go", old: "case len(t.rowTo) == 0:", new: "case len(t.rowTo) < m.Rows:"},

	// The executor.
	{name: "one bit of the result is wrong under all strategies", file: "internal/contract/executor.go",
		old: "\te.finish()\n\treturn nil\n", new: "\te.finish()\n\tresult[len(result)-2] ^= 1\n\treturn nil\n"},
	{name: "a step is skipped in every run but the first", file: "internal/contract/executor.go",
		old:  "\t\top.kernel.Run(&e.env, out, e.slots[op.left], e.slots[op.right])\n",
		new:  "\t\tif i == 0 {\n\t\t\truns[e]++\n\t\t}\n\t\tif i != 1 || runs[e] == 1 {\n\t\t\top.kernel.Run(&e.env, out, e.slots[op.left], e.slots[op.right])\n\t\t}\n",
		more: "\nvar runs = map[*Executor]int{}\n"},
	{name: "a step is skipped from the third run on", file: "internal/contract/executor.go",
		old:  "\t\top.kernel.Run(&e.env, out, e.slots[op.left], e.slots[op.right])\n",
		new:  "\t\tif i == 0 {\n\t\t\truns[e]++\n\t\t}\n\t\tif i != 1 || runs[e] <= 2 {\n\t\t\top.kernel.Run(&e.env, out, e.slots[op.left], e.slots[op.right])\n\t\t}\n",
		more: "\nvar runs = map[*Executor]int{}\n"},

	// Slices, of regions and of the whole network.
	{name: "the first slice is added to what was there", file: "internal/contract/executor_loop.go", old: "later := add || slice%l.adds > 0", new: "later := true", tests: "./internal/contract TestSlicesGiveTheSameBits"},
	{name: "slices replace what they should be added to", file: "internal/contract/executor_loop.go", old: "later := add || slice%l.adds > 0", new: "later := false && l.adds > 0 || add", tests: "./internal/contract TestSlicesGiveTheSameBits"},
	{name: "slices have only the first part of a label", file: "internal/contract/executor_loop.go", old: "for i := len(l.parts) - 1; i >= 0; i-- {", new: "for i := len(l.parts) - 1; i > 0; i-- {", tests: "./internal/contract TestRegionsGiveTheSameBits"},
	{name: "all slices read the first one's operands", file: "internal/contract/executor_loop.go", old: "steps*m.by[i])", new: "0*steps*m.by[i])", tests: "./internal/contract TestRegionsGiveTheSameBits"},
	{name: "what a slice makes overlaps", file: "internal/contract/executor_loop.go", old: "unsafe.Add(e.taken[l.block], offset)", new: "unsafe.Add(e.taken[l.block], offset/2&^63)", tests: "./internal/contract TestSlicesGiveTheSameBits"},
	{name: "steps that depend on a slice run once", file: "internal/slicing/slicing.go", old: "s.inside[i] || s.inside[made]", new: "s.inside[i] || s.inside[made] && i == s.Root", tests: "./internal/contract TestRandomNetworksAgreeWithTheReference"},

	// Strategies.
	{name: "buffers of arena overlap", file: "internal/alloc/arena.go", old: "a.at = unsafe.Add(p, n)", new: "a.at = unsafe.Add(p, n/2&^(Alignment-1))"},
	{name: "slab hands out a buffer twice", file: "internal/alloc/slab.go", old: "\tc.free[class] = list[:last]\n", new: ""},
	{name: "planned reuses memory one step too early", file: "internal/alloc/planned.go", old: "Upper: int(r.Last) + 1", new: "Upper: max(int(r.First)+1, int(r.Last))"},
	{name: "the last bit is wrong under one strategy", file: "internal/bench/team.go", old: "\t\ts.err = s.runner.run()\n",
		new:  "\t\ts.err = s.runner.run()\n\tif spoiled == nil {\n\t\tspoiled = s.strategy\n\t}\n\tif s.strategy == spoiled {\n\t\ts.runner.output()[0] ^= 1\n\t}\n",
		more: "\nvar spoiled alloc.Strategy\n"},

	// The harness.
	{name: "a timed run computes nothing", file: "internal/bench/counters.go", old: "\terr := t.run(batch)\n", new: "\tvar err error\n"},
	{name: "results are not poisoned", file: "internal/bench/team.go", old: "poison(s.runner.output())", new: "_ = s", tests: "./internal/bench TestATimedRunThatComputesNothingIsFound"},
	{name: "results are not compared", file: "internal/bench/contestant.go", old: "if !bytes.Equal(", new: "if false && !bytes.Equal(", tests: "./internal/bench TestOneBitUnderOneStrategyBlamesThatOne"},
	{name: "the verification takes everything", file: "internal/verify/verify.go", old: "!(d <= o.Gamma*scale)", new: "d > 1e300", tests: "./internal/verify TestOneBitFlippedIsFound"},
	{name: "digests are all alike", file: "internal/result/digest.go", old: "d.Sum, d.L2, d.WSum = complex(sum, 0)", new: "d.Sum, d.L2, d.WSum = complex(sum*0, 0)", tests: "./internal/result TestDigestOfHandWorkedTensors"},
	{name: "strategies share the memory of the result", file: "internal/bench/contraction.go", old: "lines(c.program.ResultBytes())", new: "shared(c.program.ResultBytes())",
		more: "var memory []byte\n\nfunc shared(n int) []byte {\n\tif len(memory) != n {\n\t\tmemory = dtype.MakeBytes(n)\n\t}\n\treturn memory\n}\n", tests: "./internal/bench TestResultsAreApart"},
}

func main() {
	tree, err := copyTree()
	if err == nil {
		err = plantAll(tree, strings.Join(os.Args[1:], " "))
		os.RemoveAll(tree)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

// copyTree copies the tracked files to a new folder.
func copyTree() (string, error) {
	root, err := exec.Command("git", "rev-parse", "--show-toplevel").Output()
	if err != nil {
		return "", err
	}
	from := strings.TrimSpace(string(root))
	list, err := exec.Command("git", "-C", from, "ls-files", "-z").Output()
	if err != nil {
		return "", err
	}
	to, err := os.MkdirTemp("", "faults")
	if err != nil {
		return "", err
	}
	for _, name := range strings.Split(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(from, name))
		if os.IsNotExist(err) {
			continue // deleted and not yet committed
		}
		if err != nil {
			return to, err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755); err != nil {
			return to, err
		}
		if err := os.WriteFile(filepath.Join(to, name), data, 0o644); err != nil {
			return to, err
		}
	}
	return to, nil
}

// plantAll plants the faults whose names have a word, one after the other.
func plantAll(tree, word string) error {
	if found, err := (fault{name: "none"}).foundBy(tree); found != "" || err != nil {
		return fmt.Errorf("without a fault: %s %v", found, err)
	}
	for _, f := range faults { // whatever the word: all can be planted
		restore, err := f.plant(tree)
		if err == nil {
			err = restore()
		}
		if err != nil {
			return err
		}
	}
	missed := 0
	for _, f := range faults {
		if !strings.Contains(f.name, word) {
			continue
		}
		restore, err := f.plant(tree)
		if err != nil {
			return err
		}
		found, err := f.foundBy(tree)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if found == "" {
			found = "NOTHING"
			missed++
		}
		fmt.Printf("%-52s %s\n", f.name, found)
		if err := restore(); err != nil {
			return err
		}
	}
	if missed > 0 {
		return fmt.Errorf("%d faults went unnoticed", missed)
	}
	return nil
}

// plant patches the tree and returns what takes the patch back.
func (f fault) plant(tree string) (restore func() error, err error) {
	file := filepath.Join(tree, f.file)
	sound, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(sound, []byte(f.old)); n != 1 {
		return nil, fmt.Errorf("%s: %s has %q %d times, want once: adapt the fault", f.name, f.file, f.old, n)
	}
	text := strings.Replace(string(sound), f.old, f.new, 1)
	if err := os.WriteFile(file, []byte(text+f.more), 0o644); err != nil {
		return nil, err
	}
	return func() error { return os.WriteFile(file, sound, 0o644) }, nil
}

// foundBy says what finds the fault that is planted: the program, measuring some
// of its own networks, or else the fault's test. It is empty if nothing does.
func (f fault) foundBy(tree string) (string, error) {
	program := filepath.Join(tree, "tnbench.exe")
	if out, err := command(tree, "go", "build", "-buildvcs=false", "-o", program, "./cmd/tnbench"); err != nil {
		return "", fmt.Errorf("building: %w: %s", err, out)
	}
	out, err := command(tree, program, "run", "--quiet", "--runs", "2", "--warmup", "1", "--alloc", "arena,slab,planned",
		"matrix_chain_10", "mps_inner_50", "ising_strip_5x250")
	if i := strings.Index(out, " failed: wrong "); err != nil && i >= 0 {
		return "run: " + firstWords(out[strings.LastIndexByte(out[:i], '\n')+1:], 110), nil
	}
	if err != nil {
		return "", fmt.Errorf("running: %w: %s", err, out)
	}
	if f.tests == "" {
		return "", nil
	}
	where, test, _ := strings.Cut(f.tests, " ")
	if out, err := command(tree, "go", "test", "-short", "-run", "^"+test+"$", where); err != nil {
		if !strings.Contains(out, "--- FAIL: "+test) {
			return "", fmt.Errorf("testing: %w: %s", err, out)
		}
		return "test: " + test, nil
	}
	return "", nil
}

func command(dir, name string, args ...string) (output string, err error) {
	c := exec.Command(name, args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	return string(out), err
}

// firstWords cuts a text to so many characters.
func firstWords(text string, most int) string {
	text, _, _ = strings.Cut(text, "\n")
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
