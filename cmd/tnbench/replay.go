package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"

	"github.com/spf13/cobra"

	"tnbench/internal/alloc/traffic"
	"tnbench/internal/await"
	"tnbench/internal/bench"
	"tnbench/internal/report"
	"tnbench/internal/result"
	"tnbench/internal/source"
)

// replayCommand measures recorded memory traffic under strategies.
type replayCommand struct {
	record
	touch string
	seed  uint64
	part  string // the only one to replay, "" all

	how traffic.Touch
}

func newReplayCommand() *cobra.Command {
	r := &replayCommand{}
	cmd := &cobra.Command{
		Use:   "replay FILE...",
		Short: "Run the memory traffic of allocation logs, without arithmetic",
		Long: `Run what allocation logs recorded under every chosen strategy, without arithmetic,
in interleaved rounds, and print what each strategy cost. FILE is a log that
tnbench trace or any other program wrote, or - for standard input.

Inside the clock: the allocations and frees of a contraction in their order, one
store to each page of a buffer after its allocation (or what --touch says), and
the reset at the end. Each contraction of a log counts on its own, as what a
strategy does depends on where one ends; those that are alike are run once.

` + logFormat,
		Example: `  tnbench replay light.log                            default strategies
  tnbench replay light.log --alloc make,slab,planned --touch write
  tnbench replay light.log --cold --alloc make,slab   in processes that have done nothing before
  tnbench replay rust.log julia.log --touch none --format json -o replay.json
  tnbench trace light.json | tnbench replay -`,
		Args: cobra.MinimumNArgs(1),
		RunE: r.run,
	}
	cmd.Flags().StringVar(&r.touch, "touch", traffic.TouchPages.String(), "what is written to a buffer after its allocation: each-page (a byte per 4 KiB), write (all of it), none")
	cmd.Flags().Uint64Var(&r.seed, "seed", 1, "seed of the order of turns")
	cmd.Flags().StringVar(&r.part, "part", "", "replay this contraction of the log only")
	cmd.Flags().Lookup("part").Hidden = true // for processes that --cold starts
	r.record.register(cmd)
	completes(cmd, "touch", cobra.FixedCompletions(traffic.TouchNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// parse checks all flags before anything is read.
func (r *replayCommand) parse(cmd *cobra.Command) (err error) {
	if err := r.output.parse(cmd); err != nil {
		return err
	}
	if r.how, err = traffic.ParseTouch(r.touch); err != nil {
		return usage("--touch: %w", err)
	}
	return errors.Join(r.contest.parse(cmd), r.view.parse(r.output.verbose), r.cold.check(cmd), r.sweep.parse())
}

func (r *replayCommand) run(cmd *cobra.Command, files []string) error {
	if err := r.parse(cmd); err != nil {
		return err
	}
	files, failed, err := r.output.findFiles(cmd, files)
	if err != nil {
		return err
	}
	if err := r.sweep.divide(files, "", failed); err != nil {
		return err
	}
	r.planned = files
	r.contest.addBaseline(cmd, &r.output, false)
	r.begin(cmd, result.Settings{Threads: 1, Streams: 1, Seed: r.seed})
	if r.output.verbose {
		report.WriteReplayMethod(cmd.ErrOrStderr(), &r.document, r.contest.strategies, r.contest.baseline, r.how)
	}
	if err := r.takeOver(cmd, files); err != nil {
		return err
	}
	for _, file := range files {
		if cmd.Context().Err() != nil {
			break
		}
		r.reach(file)
		failed = tally(cmd, failed, r.replay(cmd, file))
	}
	return r.emit(cmd, failed)
}

// replay measures every contraction of a log.
func (r *replayCommand) replay(cmd *cobra.Command, file string) error {
	if r.cold.cold {
		if err := readableAgain(file); err != nil {
			return err
		}
	}
	logs, hash, err := readLog(cmd, file)
	if err != nil {
		if file == "-" {
			file = "standard input"
		}
		return fmt.Errorf("%s: %w", file, err)
	}
	for i, recording := range distinct(file, hash, logs) {
		if r.part != "" && recording.Part != r.part || !r.sweep.plan.Takes(file, i) {
			continue
		}
		if r.done(&result.Result{Instance: file, File: file, FileHash: hash, Path: recording.Part, Traffic: result.Measured(result.Traffic{Touch: r.touch})}) {
			continue
		}
		var config bench.Config
		if err := r.cold.apply(&config, r.contest.limit.bytes, r.firstArgs(file, recording.Part)); err != nil {
			return err
		}
		fit, err := await.Value(cmd.Context(), func() (fit, error) {
			return fitting(func(alone bool) (bench.Need, bool, error) {
				need, err := bench.StrategyNeed(recording.Log.Requests, bench.Scope{Strategies: r.contest.strategies, Cold: r.cold.cold, Alone: alone})
				return need, int64(need.Least()) <= r.contest.limit.bytes, err
			})
		})
		if err == nil && !fit.ok {
			err = r.contest.limit.exceeded(fit.need, "choose other strategies with --alloc, or raise --mem-limit if there is more memory")
		}
		if err != nil {
			return fmt.Errorf("%s, %s: %w", recording.Name, recording.Part, err)
		}
		fit.warn(&r.record, cmd, recording.Name+", "+recording.Part)
		config.Alone = fit.alone
		err = r.measure(cmd, config, "", func(config bench.Config) ([]result.Result, error) {
			return bench.Replay(cmd.Context(), recording, r.how, config)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readLog reads a log from a file, or from standard input for "-". hash is that of
// its text.
func readLog(cmd *cobra.Command, file string) (logs []traffic.Log, hash string, err error) {
	sum := sha256.New()
	read := func(r io.Reader) ([]traffic.Log, error) { return traffic.ReadLog(io.TeeReader(r, sum)) }
	if file == "-" {
		logs, err = source.ReadFrom(cmd.Context(), cmd.InOrStdin(), sourceLimit(), read)
	} else {
		logs, err = source.Read(cmd.Context(), file, sourceLimit(), read)
	}
	if err != nil {
		return nil, "", err // sum may still be written to
	}
	return logs, fmt.Sprintf("%x", sum.Sum(nil)), nil
}

// distinct returns the contractions of a log that differ from those before them.
func distinct(file, hash string, logs []traffic.Log) (all []bench.Recording) {
	for i := range logs {
		twin := slices.IndexFunc(all, func(r bench.Recording) bool { return reflect.DeepEqual(r.Log, &logs[i]) })
		if twin >= 0 {
			all[twin].Alike++
			continue
		}
		all = append(all, bench.Recording{Name: file, Hash: hash, Part: fmt.Sprintf("contraction %d", i+1), Log: &logs[i], Alike: 1})
	}
	return all
}
