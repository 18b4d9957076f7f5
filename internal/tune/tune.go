// Package tune measures what is fastest in a program where forecasts leave a doubt: which
// steps run slice by slice, and which kernels compute them. It keeps what it found of this
// machine, so that a program which was tuned once starts at once. FFTW's planner and TVM's
// tuners measure like this; here forecasts name the few candidates that are worth it.
package tune

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/keep"
	"tnbench/internal/machine"
	"tnbench/internal/region"
	"tnbench/internal/result"
)

// Tuned is a program with what was found to be fastest.
type Tuned struct {
	*contract.Program
	Found result.Tuned
}

// key is what something was found of.
type key struct {
	keep.Machine
	Program string `json:"program_hash"`
	Threads int    `json:"threads"`
}

// kept is the content of a file.
type kept struct {
	Key   key          `json:"key"`
	Found result.Tuned `json:"found"`
}

// fileOf returns where what was found of a program is kept.
func fileOf(p *contract.Program) (string, key, error) {
	k := key{keep.MachineOf(machine.ReadHost()), p.Hash(), max(1, p.Options().Kernel.Threads)}
	folder, err := keep.Folder()
	return filepath.Join(folder, keep.Tuned.Name(k)), k, err
}

// Known returns the program as it was tuned before, false if there is none, or none
// that fits.
func Known(p *contract.Program) (Tuned, bool) {
	file, k, err := fileOf(p)
	var found kept
	if err != nil || !keep.Read(file, &found) || !keep.Same(found.Key, k) || found.Found.At.IsZero() {
		return Tuned{}, false
	}
	t, err := apply(p, found.Found)
	return t, err == nil
}

// apply returns the program as it was found to be fastest.
func apply(p *contract.Program, c result.Tuned) (Tuned, error) {
	chosen := p
	if c.Regions != "" {
		mode, err := region.ParseMode(c.Regions)
		if err != nil {
			return Tuned{}, err
		}
		if chosen, err = with(p, mode); err != nil {
			return Tuned{}, err
		}
	}
	if len(c.Kernels) > 0 {
		var err error
		if chosen, err = chosen.By(c.Kernels); err != nil {
			return Tuned{}, err
		}
	}
	return Tuned{chosen, c}, nil
}

// with compiles a program with other regions.
func with(p *contract.Program, mode region.Mode) (*contract.Program, error) {
	o := p.Options()
	o.Regions = mode
	return contract.CompileTree(p.Tree(), instance.Undeclared(p.Path), o)
}

// Options say how to measure.
type Options struct {
	// Fits reports whether there is memory for one contraction of a program.
	Fits func(*contract.Program) bool
	// Progress, if set, is told how many contractions of how many are done.
	Progress func(done, total int)
}

// Measure finds what is fastest with these inputs, and keeps it. It fails if it could not be
// kept, before it measures anything: then each start would have to measure. When ctx ends it
// returns its error.
func Measure(ctx context.Context, p *contract.Program, inputs [][]byte, o Options) (Tuned, error) {
	file, k, err := fileOf(p)
	if err == nil {
		err = keep.Writable(file)
	}
	if err != nil {
		return Tuned{}, fmt.Errorf("what is measured can't be kept: %w; name a folder with %s", err, keep.Variable)
	}
	m := newMeasurement(ctx, inputs, p.Options().Kernel.Threads, o)
	defer m.close()
	c, err := m.choose(p)
	if err != nil {
		return Tuned{}, err
	}
	c.At = time.Now().Round(time.Second)
	t, err := apply(p, c)
	if err != nil {
		return Tuned{}, err
	}
	return t, keep.Write(file, kept{k, c})
}
