package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"

	"github.com/spf13/cobra"
)

// profileFlags name the files that profiles go to.
type profileFlags struct{ cpu, memory, trace string }

func (p *profileFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&p.cpu, "cpuprofile", "", "write a CPU profile to `FILE`, labelled by instance, alloc and step class")
	f.StringVar(&p.memory, "memprofile", "", "write a profile of all heap allocations to `FILE`")
	f.StringVar(&p.trace, "trace", "", "write an execution trace to `FILE`")
}

// any reports whether something is profiled.
func (p *profileFlags) any() bool { return p.cpu != "" || p.memory != "" || p.trace != "" }

// start begins the wanted profiles. The function it returns ends them and
// reports what could not be written.
func (p *profileFlags) start(*cobra.Command) (stop func() error, err error) {
	var stops []func() error
	stop = func() error {
		var all error
		for _, s := range stops {
			all = errors.Join(all, s())
		}
		return all
	}
	begin := func(name string, start func(*os.File) error, end func(*os.File) error) error {
		if name == "" {
			return nil
		}
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		if err := start(f); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
		}
		stops = append(stops, func() error { return errors.Join(end(f), f.Close()) })
		return nil
	}
	err = errors.Join(
		begin(p.cpu, func(f *os.File) error { return pprof.StartCPUProfile(f) }, func(*os.File) error { pprof.StopCPUProfile(); return nil }),
		begin(p.trace, func(f *os.File) error { return trace.Start(f) }, func(*os.File) error { trace.Stop(); return nil }),
		begin(p.memory, func(*os.File) error { runtime.MemProfileRate = 4096; return nil }, writeHeap),
	)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}

// writeHeap writes every allocation since the start, freed or not.
func writeHeap(f *os.File) error {
	runtime.GC() // so that the statistics are complete
	return pprof.Lookup("allocs").WriteTo(f, 0)
}
