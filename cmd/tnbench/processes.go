package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// notForwarded are the flags of a run that its comparison processes do not get:
// where output goes, and what they are compared by.
var notForwarded = []string{"alloc", "path", "format", "output", "quiet", "verbose", "streams", "sharing",
	"cpuprofile", "memprofile", "trace", "mem-limit", "check"}

// besideProcesses measures what as many independent processes as there are
// streams need for the same contractions at once, and adds to each result how
// much longer the streams take: what sharing a process costs.
func (r *runCommand) besideProcesses(cmd *cobra.Command, p *contract.Program, results []result.Result) error {
	args := []string{"run", argument(p.Instance), "--path=" + p.Path, "--format=json", "--quiet", "--mem-limit=1000TiB", "--check=off", "--alloc=" + strings.Join(r.contest.strategies, ",")}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if !slices.Contains(notForwarded, f.Name) {
			args = append(args, "--"+f.Name+"="+f.Value.String())
		}
	})
	documents, err := runProcesses(cmd, r.execution.streams, args)
	if err != nil {
		return fmt.Errorf("%s, %s: comparison with independent processes: %w", p.Instance.File(), p.Path, err)
	}
	for i := range results {
		var medians []float64
		for _, d := range documents {
			for _, other := range d.Results {
				if other.Alloc == results[i].Alloc && other.Median.OK {
					medians = append(medians, other.Median.Value)
				}
			}
		}
		if len(medians) == len(documents) && results[i].Median.OK {
			alone := stats.Median(medians)
			results[i].Processes = result.Measured(alone)
			results[i].Contention = result.Measured(results[i].Median.Value / alone)
		}
	}
	return nil
}

// argument is the one that names an instance to another process.
func argument(in *instance.Instance) string {
	if in.Source == instance.Embedded {
		return in.Name
	}
	return in.Source
}

// runProcesses runs this program n times at once and reads what each measured.
func runProcesses(cmd *cobra.Command, n int, args []string) ([]result.Document, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	documents, errs := make([]result.Document, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			child := exec.CommandContext(cmd.Context(), program, args...)
			var out, complaints bytes.Buffer
			child.Stdout, child.Stderr = &out, &complaints
			if err := child.Run(); err != nil && out.Len() == 0 {
				errs[i] = fmt.Errorf("%w: %s", err, bytes.TrimSpace(complaints.Bytes()))
				return
			}
			errs[i] = json.Unmarshal(out.Bytes(), &documents[i])
		})
	}
	all.Wait()
	return documents, errors.Join(errs...)
}
