package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/pprof"
	"runtime/trace"

	"github.com/spf13/cobra"
)

// profileFlags name the files that profiles go to.
type profileFlags struct{ cpu, memory, trace destination }

func (p *profileFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&p.cpu.name, "cpuprofile", "", "write a CPU profile to `FILE`, labelled by instance, alloc and step class")
	f.StringVar(&p.memory.name, "memprofile", "", "write a profile of all heap allocations to `FILE`")
	f.StringVar(&p.trace.name, "trace", "", "write an execution trace to `FILE`")
}

// any reports whether something is profiled.
func (p *profileFlags) any() bool {
	return p.cpu.name != "" || p.memory.name != "" || p.trace.name != ""
}

// start begins the wanted profiles, whose files are prepared. The function it
// returns ends them and, if they are worth keeping, writes the files; its error
// tells which could not be written.
func (p *profileFlags) start() (stop func(keep bool) error, err error) {
	var stops []func(keep bool) error
	begin := func(d *destination, start, end func(io.Writer) error) error {
		if d.file == nil {
			return nil
		}
		if err := start(d.file); err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		stops = append(stops, func(keep bool) error {
			err := end(d.file)
			if !keep {
				d.file.Discard()
				return nil
			}
			return errors.Join(err, d.file.Commit())
		})
		return nil
	}
	stop = func(keep bool) (all error) {
		for _, s := range stops {
			all = errors.Join(all, s(keep))
		}
		return all
	}
	err = errors.Join(
		begin(&p.cpu, pprof.StartCPUProfile, func(io.Writer) error { pprof.StopCPUProfile(); return nil }),
		begin(&p.trace, trace.Start, func(io.Writer) error { trace.Stop(); return nil }),
		begin(&p.memory, func(io.Writer) error { runtime.MemProfileRate = 4096; return nil }, writeHeap),
	)
	if err != nil {
		return nil, errors.Join(err, stop(false))
	}
	return stop, nil
}

// writeHeap writes every allocation since the start, freed or not.
func writeHeap(w io.Writer) error {
	runtime.GC() // so that the statistics are complete
	return pprof.Lookup("allocs").WriteTo(w, 0)
}
