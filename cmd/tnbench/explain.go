package main

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tnbench/instances"
	"tnbench/internal/await"
	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/explain"
	"tnbench/internal/instance"
	"tnbench/internal/machine"
	"tnbench/internal/peaks"
	"tnbench/internal/report"
	"tnbench/internal/result"
	"tnbench/internal/suggest"
	"tnbench/internal/warning"
)

// explainCommand finds out why contractions take as long as they do.
type explainCommand struct {
	output outputFlags
	path   pathFlag
	fill   fillFlags
	limit  memoryLimit
	threadsFlag
	remeasure bool
	only      string
	quick     bool

	config    explain.Config
	peaks     peaks.Peaks
	host      machine.Host
	digests   storedDigests
	warnings  []warning.Warning // about all that is measured
	documents []explain.Document
}

func newExplainCommand() *cobra.Command {
	e := &explainCommand{}
	cmd := &cobra.Command{
		Use:   "explain [INSTANCE...]",
		Short: "Find out why contractions take as long as they do",
		Long: `Find out by experiment what the time of a contraction is spent on, and why. There
are five parts, and --only chooses some of them:

  anatomy      what each step takes from the heap, on a hit and on a miss of the
               strategy, and which lines of code take it
  attribution  where the time goes: phases, by the size of the steps' results, and
               the steps that take longest, with their bounds
  ablation     what one factor changes when it alone is switched: from the best
               configuration, and into that of the light_415 analysis
  claims       what that analysis says, and which of it holds here
  advice       what to do about it, and which rows of the other parts say so

Claims and advice measure those other parts that they need. A cause is named only
where an experiment took it away; what lies below the noise is not resolved, which
is not zero. Networks are contracted at once, never slice by slice (run --slice).
Without INSTANCE all embedded ones are explained, a few minutes each.

JSON has the schema ` + explain.Schema + `, one document per instance and path,
one after the other: readers of JSON streams take them as they are. CSV has a row
per figure. The files of -o are written anew after each instance.`,
		Example: `  tnbench explain light.json                                  the whole of it
  tnbench explain light.json --quick                          a first look, with wide intervals
  tnbench explain light.json --only attribution,advice
  tnbench explain suite/ --only claims --format markdown -v   with the experiments
  tnbench explain light.json -o why.json -o why.md`,
		ValidArgsFunction: completeInstances,
		RunE:              e.run,
	}
	f := cmd.Flags()
	f.BoolVar(&e.quick, "quick", false, "a first look: fewer rounds, and the factors alone that matter most")
	f.BoolVar(&e.remeasure, "remeasure", false, "measure the peaks of this machine anew, even if they are known")
	e.registerOnly(cmd)
	wholeOnly{"explain"}.register(cmd)
	e.threadsFlag.register(cmd)
	e.output.register(cmd, report.Formats...)
	e.path.register(cmd)
	e.fill.register(cmd)
	e.limit.register(cmd)
	return cmd
}

func (e *explainCommand) registerOnly(cmd *cobra.Command) {
	cmd.Flags().StringVar(&e.only, "only", "", "of why it takes so long, these parts alone, separated by commas: "+strings.Join(partNames(), ", "))
	completes(cmd, "only", completeListOf(partNames))
}

// partNames lists what --only takes.
func partNames() (names []string) {
	for _, p := range explain.Parts {
		names = append(names, string(p))
	}
	return names
}

// parse checks all flags before anything is loaded.
func (e *explainCommand) parse(cmd *cobra.Command) error {
	restartFor("all") // claims are about C allocators
	if err := errors.Join(e.threadsFlag.parse(), e.output.parse(cmd), e.fill.parse(), e.limit.parse()); err != nil {
		return err
	}
	return e.parseOnly(cmd)
}

// parseOnly checks which parts are wanted.
func (e *explainCommand) parseOnly(cmd *cobra.Command) error {
	if cmd.Flags().Changed("only") {
		e.config.Parts = map[explain.Part]bool{}
		for name := range strings.SplitSeq(e.only, ",") {
			name = strings.TrimSpace(name)
			if !slices.Contains(partNames(), name) {
				return usage("--only: %w", suggest.Unknown("part", name, partNames()))
			}
			e.config.Parts[explain.Part(name)] = true
		}
	}
	return nil
}

func (e *explainCommand) run(cmd *cobra.Command, args []string) error {
	if err := e.parse(cmd); err != nil {
		return err
	}
	found, err := e.output.find(cmd, args)
	if err != nil {
		return err
	}
	e.begin(cmd)
	if err := e.chooseRegimes(cmd); err != nil {
		return err
	}
	err = eachInstance(cmd, found, &e.output, func(in *instance.Instance) error { return e.add(cmd, in) })
	return e.output.emitDone(cmd, err, contentsOf(len(e.documents)), e.write)
}

// write writes all documents there are.
func (e *explainCommand) write(w io.Writer, f report.Format) error {
	return report.WriteExplanations(w, f, e.documents, e.output.verbose)
}

// begin reads what the machine is and can do, with warnings about it.
func (e *explainCommand) begin(cmd *cobra.Command) {
	e.host = machine.ReadHost()
	e.note(cmd, report.HostWarnings(e.host)...)
	e.note(cmd, report.SettingWarnings(e.host, e.settings())...)
	e.note(cmd, e.limit.warnings()...)
	e.config.Quick, e.config.Threads, e.config.Seed = e.quick, e.threads, e.fill.seed
	kept, warnings, err := peaks.OfMachine(cmd.Context(), e.remeasure)
	if err != nil {
		return // interrupted: nothing will be measured
	}
	e.note(cmd, warnings...)
	kept.AddTo(&e.host)
	e.peaks = kept.Peaks
	if speed := peaks.NewPacer(kept); speed != nil {
		e.config.AtSpeed = speed.AtSpeed
	}
}

// chooseRegimes loads the embedded networks that claims are tried on beside each that
// is explained. A first look goes without.
func (e *explainCommand) chooseRegimes(cmd *cobra.Command) error {
	if e.quick || e.config.Parts != nil && !e.config.Parts[explain.PartClaims] {
		return nil
	}
	regimes, err := await.Value(cmd.Context(), func() ([]*explain.Regime, error) { return e.regimes(cmd) })
	e.config.Regimes = regimes
	return err
}

func (e *explainCommand) regimes(cmd *cobra.Command) (all []*explain.Regime, err error) {
	items, err := instance.List(instances.Files)
	if err != nil {
		return nil, err
	}
	var programs []*contract.Program
	for _, it := range items {
		in, err := it.Load(cmd.Context(), sourceLimit())
		if err != nil {
			return nil, err
		}
		p, err := contract.Compile(in, in.Paths[0], contract.Options{})
		if err != nil {
			return nil, err
		}
		programs = append(programs, p)
	}
	for _, i := range explain.Regimes(programs) {
		in := programs[i].Instance
		inputs, err := in.Data(e.fill.fill, e.fill.seed)
		if err != nil {
			return nil, err
		}
		r := &explain.Regime{Subject: explain.Subject{Instance: in, Path: in.Paths[0], Inputs: inputs, Fill: e.fill.fill.String()}}
		r.PeakFlops, r.Bandwidth = e.bounds(in.DType)
		all = append(all, r)
	}
	return all, nil
}

// bounds returns what a core can do: operations a second in a type, and bytes.
func (e *explainCommand) bounds(t dtype.Type) (flops, bandwidth float64) {
	if e.peaks.Memory != nil {
		bandwidth = e.peaks.Memory.Copy
	}
	return e.peaks.FlopsOf(t), bandwidth
}

// note keeps a warning about all documents and prints it.
func (e *explainCommand) note(cmd *cobra.Command, w ...warning.Warning) {
	e.warnings = append(e.warnings, w...)
	e.output.announce(cmd, w)
}

// settings are those of every document.
func (e *explainCommand) settings() result.Settings {
	return result.Settings{Threads: e.threads, Streams: 1, Fill: e.fill.fill.String(), Seed: e.fill.seed}
}

// add explains every chosen path of an instance.
func (e *explainCommand) add(cmd *cobra.Command, in *instance.Instance) error {
	var inputs [][]byte
	return eachProgram(cmd, in, e.path, &e.output, contract.Options{}, func(p *contract.Program) error {
		need, err := await.Value(cmd.Context(), func() (bench.Need, error) {
			return bench.NeedOf(p, bench.Scope{Strategies: []string{"make", "exactpool", "planned"}, Held: inputs != nil})
		})
		if err == nil {
			err = e.limit.check(need, "raise --mem-limit if there is more memory")
		}
		if err != nil {
			return fmt.Errorf("%s, %s: %w", in.File(), p.Path, err)
		}
		if inputs == nil {
			if inputs, err = await.Value(cmd.Context(), func() ([][]byte, error) { return in.Data(e.fill.fill, e.fill.seed) }); err != nil {
				return err
			}
		}
		return e.explain(cmd, p, inputs, need)
	})
}

// explain explains one program and keeps what was found.
func (e *explainCommand) explain(cmd *cobra.Command, p *contract.Program, inputs [][]byte, need bench.Need) error {
	one, err := p.Instance.Path(p.Path)
	if err != nil {
		return err
	}
	digest, warnings := e.digests.of(p, e.fill.fill, e.fill.seed)
	subject := explain.Subject{Instance: p.Instance, Path: one, Inputs: inputs, Fill: e.fill.fill.String(), Digest: digest}
	config := e.config
	config.Limit = e.limit.bytes - int64(need.Process)
	config.PeakFlops, config.Bandwidth = e.bounds(p.DType())
	progress := newProgress(cmd, e.output.quiet)
	under := explain.Part("")
	config.Progress = func(part explain.Part, what string, done, total int) {
		if part != under {
			under, progress.start = part, time.Now()
		}
		progress.show(bench.Progress{Instance: p.Instance.File(), Path: p.Path, Alloc: joinPart(part, what), Done: done, Total: total})
	}
	before := machine.ReadActivity()
	known := slices.Concat(e.warnings, p.Instance.Warnings, p.Warnings, warnings)
	d, err := explain.Run(cmd.Context(), subject, config, explain.Document{Tool: tool(), Host: e.host, Settings: e.settings(), Warnings: known})
	progress.clear()
	doubts := bench.Disturbances(p.Instance.File()+", "+p.Path, before, machine.ReadActivity())
	e.output.warn(cmd, slices.Concat(warnings, p.Warnings, d.Warnings[len(known):], doubts))
	d.Warnings = append(d.Warnings, doubts...)
	if !d.Empty() {
		e.documents = append(e.documents, d)
	}
	debug.FreeOSMemory() // what comes next shall find the memory that strategies had
	if cmd.Context().Err() == nil {
		e.output.save(cmd, e.write)
	}
	return err
}

// joinPart says what is measured for which part.
func joinPart(part explain.Part, what string) string {
	if what == "" {
		return string(part)
	}
	return string(part) + ": " + what
}
