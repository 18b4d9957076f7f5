package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/machine"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// notForwarded are the flags of a run that its comparison processes do not get:
// where output goes, what they are compared by, and what this process has done.
var notForwarded = []string{"alloc", "path", "format", "output", "quiet", "verbose", "streams", "sharing",
	"runs", "warmup", "min-time", "max-time", "until-resolved", "min-effect",
	"quick", "sort", "columns", "cpuprofile", "memprofile", "mutexprofile", "blockprofile", "trace", "mem-limit", "check", "remeasure",
	"shard", "resume"}

// compares reports whether streams are compared with independent processes.
func (r *runCommand) compares(in *instance.Instance) bool {
	return r.execution.streams > 1 && ownProgram && readableTwice(in)
}

// readableTwice reports whether another process can read the same instance: not
// from standard input or a pipe.
func readableTwice(in *instance.Instance) bool {
	return in.Source == instance.Embedded || isFile(in.Source)
}

// isFile reports whether a name stands for the same regular file in every process: a
// descriptor's name, such as /dev/stdin, does not.
func isFile(name string) bool {
	for at := name; ; {
		if strings.HasPrefix(at, "/dev/") || strings.HasPrefix(at, "/proc/") {
			return false
		}
		target, err := os.Readlink(at)
		if err != nil {
			break // no link
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(at), target)
		}
		at = target
	}
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// besideProcesses measures what as many independent processes as there are
// streams need for the same contractions at once, each with its part of the memory
// that is left.
func (r *runCommand) besideProcesses(cmd *cobra.Command, p *contract.Program, results []result.Result) error {
	if !r.compares(p.Instance) {
		if r.execution.streams > 1 && ownProgram {
			r.note(cmd, warning.Warning{
				Code:    "no-processes",
				Message: fmt.Sprintf("%s is no file that other processes can read again: streams are not compared with processes", p.Instance.Source),
				Remedy:  "name a file",
			})
		}
		return nil
	}
	program, err := os.Executable()
	if err == nil {
		err = bench.Compare(cmd.Context(), bench.Command{Program: program, Args: r.processArgs(cmd, p)}, r.execution.streams, results)
	}
	if err != nil {
		return fmt.Errorf("%s, %s: comparison with independent processes: %w", p.Instance.Name, p.Path, err)
	}
	return nil
}

// processArgs returns the command line of a process that measures one stream.
func (r *runCommand) processArgs(cmd *cobra.Command, p *contract.Program) []string {
	left := max(1, (r.contest.limit.bytes-machine.ResidentMemory())/int64(r.execution.streams))
	args := []string{"run", "--path=" + p.Path, "--format=json", "--quiet", "--no-peaks", "--check=off",
		fmt.Sprintf("--mem-limit=%d", left), "--alloc=" + strings.Join(r.contest.strategies, ",")}
	args = append(args, r.contest.pace.forwarded()...)
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if !slices.Contains(notForwarded, f.Name) {
			args = append(args, "--"+f.Name+"="+f.Value.String())
		}
	})
	args = append(args, r.slice.forwarded(p)...)
	return append(args, "--", argumentOf(p.Instance)) // names may look like flags
}
