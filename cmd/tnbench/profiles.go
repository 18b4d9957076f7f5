package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strings"

	"github.com/google/pprof/profile"
	"github.com/spf13/cobra"

	"tnbench/internal/instance"
	"tnbench/internal/result"
)

// profiler is a kind of profile: begin starts it, and end, which begin returns, writes
// what is left to write.
type profiler struct {
	flag, usage string
	begin       func(io.Writer) (end func() error, err error)
}

var profilers = [...]profiler{
	{"cpuprofile", "write a CPU profile to `FILE`, labelled by instance, alloc and step class; %s in the name: one per strategy, without rounds", beginCPU},
	{"memprofile", "write a profile of all heap allocations to `FILE` (%s: one per strategy)",
		beginCounted("allocs", func() { runtime.MemProfileRate = 4096 })},
	{"mutexprofile", "write a profile of who held the locks that others waited for to `FILE` (%s: one per strategy)",
		beginCounted("mutex", func() { runtime.SetMutexProfileFraction(1) })},
	{"blockprofile", "write a profile of waits for locks, channels and groups to `FILE` (%s: one per strategy)",
		beginCounted("block", func() { runtime.SetBlockProfileRate(1) })},
	{"trace", "write an execution trace to `FILE` (%s: one per strategy)", beginTrace},
}

func beginCPU(w io.Writer) (func() error, error) {
	return func() error { pprof.StopCPUProfile(); return nil }, pprof.StartCPUProfile(w)
}

func beginTrace(w io.Writer) (func() error, error) {
	return func() error { trace.Stop(); return nil }, trace.Start(w)
}

// beginCounted begins a profile that the runtime counts since the program began: what is
// written is what was added.
func beginCounted(name string, switchOn func()) func(io.Writer) (func() error, error) {
	read := func() (*profile.Profile, error) {
		runtime.GC() // so that the statistics are complete
		var text bytes.Buffer
		if err := pprof.Lookup(name).WriteTo(&text, 0); err != nil {
			return nil, err
		}
		return profile.Parse(&text)
	}
	return func(w io.Writer) (func() error, error) {
		switchOn()
		before, err := read()
		if err != nil {
			return nil, err
		}
		return func() error {
			after, err := read()
			if err != nil {
				return err
			}
			before.Scale(-1)
			added, err := profile.Merge([]*profile.Profile{after, before})
			if err != nil {
				return err
			}
			return added.Write(w)
		}, nil
	}
}

// recording is a profile on its way to a file.
type recording struct {
	*profiler
	destination
}

// profileFlags name the files that profiles go to.
type profileFlags struct {
	names [len(profilers)]string
	whole []recording   // of the run
	each  [][]recording // of each strategy; nil: none is wanted
}

func (p *profileFlags) register(cmd *cobra.Command) {
	for i := range profilers {
		cmd.Flags().StringVar(&p.names[i], profilers[i].flag, "", profilers[i].usage)
	}
}

// plan decides which profiles there are to be, and returns their destinations.
func (p *profileFlags) plan(strategies []string) (all []*destination) {
	occurrences := result.Occurrences(strategies)
	each := make([][]recording, len(strategies))
	wanted := false
	for i, name := range p.names {
		switch {
		case name == "":
		case strings.Contains(name, "%s"):
			wanted = true
			for k, spec := range strategies {
				named := result.Result{Alloc: spec, Occurrence: occurrences[k]}
				file := strings.ReplaceAll(name, "%s", fileName(named.Strategy()))
				each[k] = append(each[k], recording{&profilers[i], destination{name: file}})
			}
		default:
			p.whole = append(p.whole, recording{&profilers[i], destination{name: name}})
		}
	}
	for i := range p.whole {
		all = append(all, &p.whole[i].destination)
	}
	if !wanted {
		return all
	}
	p.each = each
	for k := range each {
		for i := range each[k] {
			all = append(all, &each[k][i].destination)
		}
	}
	return all
}

// fileName returns a name as part of a file's: letters, digits, dots and hyphens.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && !strings.ContainsRune(` "'#$%&()*,/:;<=>?@[\]^{|}~!`+"`", r) && r >= 0x20 {
			return r
		}
		return '-'
	}, name)
}

// any reports whether something is profiled.
func (p *profileFlags) any() bool { return len(p.whole) > 0 || p.each != nil }

// cpu reports whether there is a CPU profile: its samples get labels.
func (p *profileFlags) cpu() bool { return p.names[0] != "" }

// startProfiles begins recordings, whose files are prepared. The function it returns ends
// them and, if they are worth keeping, writes the files; its error tells which could
// not be written.
func startProfiles(recordings []recording) (stop func(keep bool) error, err error) {
	var stops []func(keep bool) error
	stop = func(keep bool) (all error) {
		for _, s := range stops {
			all = errors.Join(all, s(keep))
		}
		return all
	}
	for i := range recordings {
		r := &recordings[i]
		end, err := r.begin(r.file)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", r.name, err), stop(false))
		}
		stops = append(stops, func(keep bool) error {
			err := end()
			if !keep {
				r.file.Discard()
				return nil
			}
			return errors.Join(err, r.file.Commit())
		})
	}
	return stop, nil
}

// readOnce returns those of items that can be read but once, such as pipes.
func readOnce(items []instance.Item) (names []string) {
	for _, it := range items {
		if !it.Embedded() && !isFile(it.Name) {
			names = append(names, it.Name)
		}
	}
	return names
}
