package instance

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"

	"tnbench/internal/dtype"
)

// Check makes sure that the network is well defined, which other packages rely
// on. Parse has done so already; instances made in memory are checked by their
// maker. Its errors are [*Error]. Sizes are not looked at: see [Instance.CheckSizes].
func (in *Instance) Check() error {
	for _, check := range []func() error{in.checkLabels, in.checkOutput, in.checkPaths} {
		if err := check(); err != nil {
			return in.named(err)
		}
	}
	return nil
}

// named adds the file's name to a defect, or that of an instance made in memory.
func (in *Instance) named(err error) error {
	var e *Error
	if errors.As(err, &e) {
		e.File = in.File()
	}
	return err
}

func (in *Instance) checkLabels() error {
	if in.DType < dtype.Float32 || in.DType > dtype.Complex128 {
		return defect("dtype", "", "unsupported dtype %v", in.DType)
	}
	if len(in.Inputs) == 0 {
		return defect("shapes", "a network has at least one tensor", "empty network")
	}
	if len(in.Names) != len(in.Dims) {
		return defect("format_string", "", "%d label names for %d dimensions", len(in.Names), len(in.Dims))
	}
	for l, dim := range in.Dims {
		if dim < 1 {
			return defect("shapes", "dimensions are at least 1", "label %q has dimension %d", string(in.Names[l]), dim)
		}
	}
	for t, labels := range in.Inputs {
		for _, l := range labels {
			if l < 0 || int(l) >= len(in.Dims) {
				return defect("format_string", "", "tensor %d has label number %d of %d labels", t, l, len(in.Dims))
			}
		}
	}
	return nil
}

func (in *Instance) checkOutput() error {
	const inInput, inOutput = 1, 2
	seen := make([]uint8, len(in.Dims))
	for _, labels := range in.Inputs {
		for _, l := range labels {
			seen[l] = inInput
		}
	}
	for _, l := range in.Output {
		switch {
		case l < 0 || int(l) >= len(in.Dims):
			return defect("format_string", "", "the output has label number %d of %d labels", l, len(in.Dims))
		case seen[l] == 0:
			return defect("format_string", "", "output label %q is in no tensor", string(in.Names[l]))
		case seen[l] == inOutput:
			return defect("format_string", "each label of the output appears once", "output label %q is repeated in %q",
				string(in.Names[l]), shorten(in.Spell(in.Output)))
		}
		seen[l] = inOutput
	}
	return nil
}

// MaxBytes bounds the bytes of what is held in memory: it is the user's half of a
// 48-bit address space. Whether there is memory for less is the caller's question.
const MaxBytes = 1 << 47

// CheckSizes makes sure that each input and the output, and all inputs together,
// can be held in memory. Networks that can't are good enough to be looked at. Its
// errors are [*Error].
func (in *Instance) CheckSizes() error {
	total := 0.0
	for t, labels := range in.Inputs {
		if err := in.checkSize(element("shapes", t), fmt.Sprintf("tensor %d", t), labels); err != nil {
			return err
		}
		total += in.Size(labels) * float64(in.DType.Size())
	}
	if total > MaxBytes {
		return in.named(defect("shapes", onlyStatistics, "the inputs together have %.4g bytes, more than any machine can address", total))
	}
	return in.checkSize("format_string", "the output", in.Output)
}

func (in *Instance) checkSize(field, what string, labels []Label) error {
	if problem := in.TooLarge(labels); problem != "" {
		return in.named(defect(field, onlyStatistics, "%s %s", what, problem))
	}
	return nil
}

const onlyStatistics = "it can be inspected, but not contracted"

// tensorBytes returns the bytes of a tensor with these labels, and false if
// they overflow an int.
func (in *Instance) tensorBytes(labels []Label) (int, bool) {
	n, ok := in.Elements(labels)
	hi, lo := bits.Mul64(uint64(n), uint64(in.DType.Size()))
	return int(lo), ok && hi == 0 && lo <= math.MaxInt
}

// TooLarge says what is wrong with the size of a tensor with these labels that no
// machine can hold; it returns "" for others.
func (in *Instance) TooLarge(labels []Label) string {
	if in.Size(labels)*float64(in.DType.Size()) <= MaxBytes {
		return ""
	}
	size := fmt.Sprintf("2^%.4g bytes", in.Log2Size(labels)+math.Log2(float64(in.DType.Size())))
	return fmt.Sprintf("%q of shape %s has %s, more than any machine can address", shorten(in.Spell(labels)), shortList(in.Shape(labels)), size)
}

func (in *Instance) checkPaths() error {
	if len(in.Paths) == 0 {
		return defect("paths", "give at least one, such as opt_flops", "no path")
	}
	for _, p := range in.Paths {
		if err := checkPairs("paths."+p.Name+".path", p.Pairs, len(in.Inputs)); err != nil {
			return err
		}
	}
	return nil
}

// checkPairs makes sure that pairs contract n tensors to one.
func checkPairs(field string, pairs [][2]int, n int) error {
	if have, want := len(pairs), n-1; have != want {
		problem := "too short"
		if have > want {
			problem = "too long"
		}
		return defect(field, "", "%s: %s, but %s take %d", problem, plural(have, "step"), plural(n, "tensor"), want)
	}
	for i, pair := range pairs {
		left := n - i // tensors in the list before this step
		for _, position := range pair {
			if position < 0 || position >= left {
				remedy := "positions count in the list that is left: see the linear path convention"
				if isSSA(pairs, n) {
					remedy = "this looks like an SSA path: convert it with opt_einsum.paths.ssa_to_linear"
				}
				return defect(element(field, i), remedy,
					"position %d of step %d is out of range: %s left, 0 to %d", position, i, plural(left, "tensor"), left-1)
			}
		}
		if pair[0] == pair[1] {
			return defect(element(field, i), "a step contracts two different tensors", "step %d has position %d twice", i, pair[0])
		}
	}
	return nil
}

// isSSA reports whether pairs are a path of the other convention, in which step i
// makes the tensor n+i and no number is used twice.
func isSSA(pairs [][2]int, n int) bool {
	used := make([]bool, n+len(pairs))
	for i, pair := range pairs {
		for _, id := range pair {
			if id < 0 || id >= n+i || used[id] {
				return false
			}
			used[id] = true
		}
	}
	return true
}

// shortList writes a list of numbers for a message.
func shortList(list []int) string {
	const most = 8
	if len(list) <= most {
		return "[" + strings.Join(strings.Fields(strings.Trim(fmt.Sprint(list), "[]")), ", ") + "]"
	}
	s := shortList(list[:most])
	return s[:len(s)-1] + ", …]"
}
