package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tnbench/internal/await"
	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/result"
	"tnbench/internal/tune"
)

// tuneFlag says whether programs are those that were measured to be fastest.
type tuneFlag struct{ wanted bool }

func (t *tuneFlag) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&t.wanted, "tune", false, "measure which kernels and regions are fastest where forecasts leave a doubt, once: it is kept in the user's cache folder")
}

// check refuses what has kernels of its own.
func (t *tuneFlag) check(x *executionFlags) error {
	if t.wanted && x.execution.Planning == contract.PlanEach {
		return usage("--tune and --planning each exclude each other: that chooses kernels anew in each contraction")
	}
	return nil
}

// apply returns a program as it is fastest, and what was found; as it is, if it is not to be
// tuned, or if one contraction would take more than the limit of memory.
func (t *tuneFlag) apply(cmd *cobra.Command, p *contract.Program, limit *memoryLimit, o *outputFlags, inputs func() ([][]byte, error)) (*contract.Program, result.Maybe[result.Tuned], error) {
	var nothing result.Maybe[result.Tuned]
	if !t.wanted {
		return p, nothing, nil
	}
	fits := func(p *contract.Program) bool {
		need, err := bench.NeedOf(p, underPlanned)
		return err == nil && need.Fits(underPlanned, limit.bytes)
	}
	found, known := tune.Known(p)
	if !known {
		if !fits(p) {
			return p, nothing, nil // it will be refused, with the reason
		}
		data, err := inputs()
		if err != nil {
			return nil, nothing, err
		}
		line := newProgress(cmd, o.quiet)
		found, err = await.Value(cmd.Context(), func() (tune.Tuned, error) {
			return tune.Measure(cmd.Context(), p, data, tune.Options{Fits: fits, Progress: func(done, total int) {
				line.show(bench.Progress{Instance: p.Instance.File(), Path: p.Path, Alloc: "tuning", Done: done, Total: total})
			}})
		})
		line.clear()
		if err != nil {
			return nil, nothing, fmt.Errorf("%s, %s: --tune: %w", p.Instance.File(), p.Path, err)
		}
	}
	t.tell(cmd, found, known, o)
	return found.Program, result.Measured(found.Found), nil
}

// tell says on standard error what was found.
func (t *tuneFlag) tell(cmd *cobra.Command, found tune.Tuned, known bool, o *outputFlags) {
	if o.quiet {
		return
	}
	text := "nothing is sure to be faster than what is forecast to be"
	if f := &found.Found; f.Ratio > 1 {
		text = fmt.Sprintf("%.1f %% faster, with other kernels for %d of %d steps", 100*(f.Ratio-1), len(f.Kernels), len(found.Steps))
		if f.Regions != "" {
			text += " and --regions " + f.Regions
		}
	}
	when := "now"
	if known {
		when = age(found.Found.At) + ", as kept"
	}
	fmt.Fprintf(messagesOf(cmd), "note: %s, %s: tuned %s: %s\n", found.Instance.File(), found.Path, when, text)
}
