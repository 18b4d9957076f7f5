package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/machine"
	"tnbench/internal/result"
)

// coldFlags ask for first contractions instead of the steady state.
type coldFlags struct {
	cold  bool
	first bool // what the processes that cold starts are asked for
}

func (c *coldFlags) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&c.cold, "cold", false, "measure first contractions: each sample is of a process of its own, which has done nothing before")
	cmd.Flags().BoolVar(&c.first, "first", false, "measure the first contraction of this process, and no more")
	cmd.Flags().Lookup("first").Hidden = true
}

// any reports whether first contractions are measured, here or elsewhere.
func (c *coldFlags) any() bool { return c.cold || c.first }

// tell enters the flags into settings.
func (c *coldFlags) tell(s *result.Settings) {
	if s.Cold = c.any(); s.Cold {
		s.Warmup, s.WarmupTime = 0, 0
	}
}

// steadyOnly are the flags that say nothing of first contractions.
var steadyOnly = map[string]string{
	"warmup":     "nothing is warmed up",
	"streams":    "a process contracts once",
	"cpuprofile": "profiles are of this process", "memprofile": "profiles are of this process", "trace": "profiles are of this process",
	"mutexprofile": "profiles are of this process", "blockprofile": "profiles are of this process",
}

// check refuses what has no meaning with --cold.
func (c *coldFlags) check(cmd *cobra.Command) (err error) {
	if !c.any() {
		return nil
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if why, found := steadyOnly[f.Name]; found && f.Value.String() != f.DefValue && f.Value.String() != "0" {
			err = errors.Join(err, usage("--cold goes without --%s: %s", f.Name, why))
		}
	})
	return err
}

// apply says how config's samples are taken. args returns the command line of a
// process that measures a strategy, given how much memory it may take.
func (c *coldFlags) apply(config *bench.Config, limit int64, args func(spec string, memory int64) []string) error {
	if config.First = c.first; c.any() {
		config.Alone = false
	}
	if !c.cold {
		return nil
	}
	program, err := os.Executable()
	if err == nil && !ownProgram {
		err = errors.New("this process is not tnbench's own")
	}
	if err != nil {
		return fmt.Errorf("--cold: no process can be started: %w", err)
	}
	config.Process = func(spec string) bench.Command {
		left := max(1, limit-machine.ResidentMemory())
		return bench.Command{Program: program, Args: args(spec, left)}
	}
	return nil
}

// ofProgram are the flags that say what a program computes, and how.
var ofProgram = []string{"threads", "fill", "seed", "backend", "order", "metadata", "planning", "temporaries", "regions", "slice"}

// firstArgs returns the command line of a process that measures the first contraction
// of a program under a strategy.
func (r *runCommand) firstArgs(cmd *cobra.Command, p *contract.Program) func(spec string, memory int64) []string {
	var same []string
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains(ofProgram, f.Name) {
			same = append(same, "--"+f.Name+"="+f.Value.String())
		}
	})
	return func(spec string, memory int64) []string {
		args := []string{"run", "--first", "--format=json", "--quiet", "--no-peaks", "--check=off", "--path=" + p.Path,
			"--alloc=" + spec, "--baseline=" + spec, fmt.Sprintf("--mem-limit=%d", memory)}
		return append(append(append(args, same...), r.slice.forwarded(p)...), "--", argumentOf(p.Instance)) // names may look like flags
	}
}

// argumentOf returns what names an instance on a command line.
func argumentOf(in *instance.Instance) string {
	if in.Source == instance.Embedded {
		return in.Name
	}
	return in.Source
}

// firstArgs returns the command line of a process that replays a part of a log once.
func (r *replayCommand) firstArgs(file, part string) func(spec string, memory int64) []string {
	return func(spec string, memory int64) []string {
		return []string{"replay", "--first", "--format=json", "--quiet", "--part=" + part, "--touch=" + r.touch,
			"--alloc=" + spec, "--baseline=" + spec, fmt.Sprintf("--mem-limit=%d", memory), "--", file}
	}
}

// readableAgain says why no other process can read a file, if none can.
func readableAgain(file string) error {
	if !isFile(file) {
		return fmt.Errorf("--cold: %s is no file that other processes can read again: name a file", file)
	}
	return nil
}
