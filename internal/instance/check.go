package instance

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"

	"tnbench/internal/dtype"
)

// Check makes sure that the network is well defined and that its inputs and
// its output can be addressed: everything that other packages rely on. Parse
// has done so already; instances made in memory are checked by their maker.
// Its errors are [*Error]. Intermediates are not looked at.
func (in *Instance) Check() error {
	for _, check := range []func() error{in.checkLabels, in.checkOutput, in.checkSizes, in.checkPaths} {
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
		e.File = cmp.Or(in.Source, in.Name, "instance")
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

// checkSizes makes sure that the bytes of each input and of the output can be
// counted.
func (in *Instance) checkSizes() error {
	for t, labels := range in.Inputs {
		if _, ok := in.tensorBytes(labels); !ok {
			return defect(element("shapes", t), "", "tensor %d %q of shape %s overflows: its bytes exceed 2^63-1",
				t, shorten(in.Spell(labels)), shortList(in.Shape(labels)))
		}
	}
	if _, ok := in.tensorBytes(in.Output); !ok {
		return defect("format_string", "", "the output %q of shape %s overflows: its bytes exceed 2^63-1",
			shorten(in.Spell(in.Output)), shortList(in.Shape(in.Output)))
	}
	return nil
}

// tensorBytes returns the bytes of a tensor with these labels, and false if
// they overflow an int.
func (in *Instance) tensorBytes(labels []Label) (int, bool) {
	n, ok := in.Elements(labels)
	hi, lo := bits.Mul64(uint64(n), uint64(in.DType.Size()))
	return int(lo), ok && hi == 0 && lo <= math.MaxInt
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
				return defect(element(field, i), "positions count in the list that is left: see the linear path convention",
					"position %d of step %d is out of range: %s left, 0 to %d", position, i, plural(left, "tensor"), left-1)
			}
		}
		if pair[0] == pair[1] {
			return defect(element(field, i), "a step contracts two different tensors", "step %d has position %d twice", i, pair[0])
		}
	}
	return nil
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
