package main

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tnbench/internal/instance"
	"tnbench/internal/kernel/blas"
	"tnbench/internal/page"
	"tnbench/internal/report"
	"tnbench/internal/result"
	"tnbench/internal/source"
)

// reportCommand makes the whole report of networks.
type reportCommand struct {
	output   outputFlags
	runs     runCommand     // measures strategies
	explains explainCommand // finds out why
	from     []string
	language string

	speaks   page.Language
	document page.Document
}

func newReportCommand() *cobra.Command {
	r := &reportCommand{}
	cmd := &cobra.Command{
		Use:   "report [INSTANCE...]",
		Short: "Measure everything and write it down: one page with tables, drawings and reasons",
		Long: `Make the whole report of each instance, every figure measured on this machine: the
sizes of its tensors and what could be reused, what a step takes from the heap, how
long each strategy takes, with intervals, what is live and resident over time and
where a plan puts it, where the time goes, what each factor changes, which claims of
the light_415 analysis hold, and what to do about it. What run and explain measure
is measured here as they do it. Networks are contracted at once, never slice by
slice (run --slice).

A page (-o report.html) is one file that loads nothing: it reads on a screen, light
or dark, on a phone and on paper; its tables sort by their headings. Markdown has
the same tables. JSON (schema ` + page.Schema + `) has the data of all: --from
makes a page of it again, in another language if need be, and of what run (schema
` + result.Schema + `) and explain wrote. Then nothing is measured; sizes are
those of the instances that are named, or of the files that were measured.

Without INSTANCE all embedded ones are reported: a few minutes each, or with
--quick half a minute, without threads and streams. The files of -o are written
anew after each part. Ctrl-C ends with a report of what was measured.`,
		Example: `  tnbench report light.json -o report.html               the page
  tnbench report light.json --quick -o report.html       a first look
  tnbench report light.json -o report.html -o report.md -o report.json
  tnbench report --from report.json --lang ja -o report.ja.html
  tnbench report --from result.json --from why.json      what run and explain wrote, as Markdown`,
		ValidArgsFunction: completeInstances,
		RunE:              r.run,
	}
	f := cmd.Flags()
	wholeOnly{"report"}.register(cmd)
	f.StringArrayVar(&r.from, "from", nil, "measure nothing: report what is stored in `FILE`; may be repeated, - is standard input")
	f.StringVar(&r.language, "lang", string(page.English), "language of the report: "+strings.Join(page.Languages, ", "))
	completes(cmd, "from", cobra.FixedCompletions([]string{"json"}, cobra.ShellCompDirectiveFilterFileExt))
	completes(cmd, "lang", cobra.FixedCompletions(page.Languages, cobra.ShellCompDirectiveNoFileComp))
	r.runs.contest.register(cmd)
	r.runs.threadsFlag.register(cmd)
	r.runs.path.register(cmd)
	r.runs.fill.register(cmd)
	r.explains.registerOnly(cmd)
	r.output.register(cmd, report.MarkdownFormat, report.HTMLFormat, report.JSONFormat)
	r.runs.execution.register(&cobra.Command{}) // as they are by default
	return cmd
}

// parse checks all flags before anything is loaded.
func (r *reportCommand) parse(cmd *cobra.Command) (err error) {
	if r.speaks, err = page.ParseLanguage(r.language); err != nil {
		return usage("--lang: %w", err)
	}
	if len(r.from) > 0 {
		if err := r.measuresNothing(cmd); err != nil {
			return err
		}
	} else {
		restartFor("all") // claims are about C allocators
	}
	r.runs.contest.bound(cmd)
	r.runs.backend.name = blas.Native.String()
	if err := errors.Join(r.output.parse(cmd), r.runs.fill.parse(), r.runs.execution.parse(), r.runs.contest.parse(cmd), r.runs.threadsFlag.parse(), r.runs.backend.parse(), r.explains.parseOnly(cmd)); err != nil {
		return err
	}
	r.runs.output = outputFlags{quiet: r.output.quiet}
	r.explains.output = r.runs.output
	r.explains.path, r.explains.fill, r.explains.limit, r.explains.threadsFlag = r.runs.path, r.runs.fill, r.runs.contest.limit, r.runs.threadsFlag
	return nil
}

// fromStored are the flags that go with --from.
var fromStored = []string{"from", "lang", "path", "format", "output", "quiet", "verbose", "alloc"}

// measuresNothing refuses flags that say how to measure.
func (r *reportCommand) measuresNothing(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if !slices.Contains(fromStored, f.Name) {
			err = errors.Join(err, usage("--%s says how to measure, and with --from nothing is measured", f.Name))
		}
	})
	return err
}

func (r *reportCommand) run(cmd *cobra.Command, args []string) error {
	if err := r.parse(cmd); err != nil {
		return err
	}
	r.document = page.Document{Schema: page.Schema, Networks: []page.Network{}}
	if len(r.from) > 0 {
		return r.stored(cmd, args)
	}
	found, err := r.output.find(cmd, args)
	if err != nil {
		return err
	}
	r.begin(cmd)
	if err := r.explains.chooseRegimes(cmd); err != nil {
		return err
	}
	r.document.Pending = namesOf(found.items)
	err = eachInstance(cmd, found, &r.output, func(in *instance.Instance) error { return r.add(cmd, in) })
	return r.emit(cmd, err)
}

// begin starts the documents.
func (r *reportCommand) begin(cmd *cobra.Command) {
	r.runs.contest.addBaseline(cmd, &r.output, false)
	r.runs.begin(cmd, r.runs.settings())
	r.runs.readPeaks(cmd)
	d := &r.runs.document
	r.document.Measured, r.document.Tool, r.document.Host = d.Measured, d.Tool, d.Host
	r.document.Results = d
	e := &r.explains
	e.quick = r.runs.contest.quick
	e.host, e.peaks = d.Host, r.runs.peaks
	e.config.Quick, e.config.Threads, e.config.Seed = r.runs.contest.quick, r.runs.threads, r.runs.fill.seed
	e.config.AtSpeed = r.runs.contest.pace.AtSpeed
}

// add reports every chosen path of an instance. What fails of it is told and leaves a
// gap; the other parts stand.
func (r *reportCommand) add(cmd *cobra.Command, in *instance.Instance) error {
	if i := slices.Index(r.document.Pending, argumentOf(in)); i >= 0 {
		r.document.Pending = r.document.Pending[i:]
	}
	parts := []func(*cobra.Command, *instance.Instance) error{r.describe, r.runs.contract, r.watch, r.explains.add, r.scale}
	var failed []error
	for _, part := range parts {
		if cmd.Context().Err() != nil {
			break
		}
		failed = append(failed, part(cmd, in))
		debug.FreeOSMemory() // what comes next shall find the memory that this had
		r.save(cmd)
	}
	if cmd.Context().Err() == nil && len(r.document.Pending) > 0 {
		r.document.Pending = r.document.Pending[1:]
	}
	return errors.Join(failed...)
}

// whole returns the document as it is now.
func (r *reportCommand) whole() page.Document {
	d := r.document
	d.Explanations = append(slices.Clone(d.Explanations), r.explains.documents...)
	d.Gather()
	return d
}

// write writes a document in a format.
func (r *reportCommand) write(w io.Writer, f report.Format, d *page.Document) error {
	switch f {
	case report.JSONFormat:
		return report.WriteJSON(w, d)
	case report.HTMLFormat:
		return page.Compose(d, r.speaks).WriteHTML(w)
	}
	return page.Compose(d, r.speaks).WriteMarkdown(w)
}

// save writes to the files what there is so far. After an interruption that is about to
// be written anyway.
func (r *reportCommand) save(cmd *cobra.Command) {
	if cmd.Context().Err() != nil || contentsOfResults(r.runs.document.Results) != figures {
		return
	}
	d := r.whole()
	d.Interrupted = true
	r.output.save(cmd, func(w io.Writer, f report.Format) error { return r.write(w, f, &d) })
}

// emit writes the report after the work ended with err.
func (r *reportCommand) emit(cmd *cobra.Command, err error) error {
	d := r.whole()
	if cmd.Context().Err() != nil {
		d.Interrupted = true
	} else {
		if r.from == nil {
			d.Pending = nil
		}
		if d.Results != nil && slices.ContainsFunc(d.Results.Results, func(r result.Result) bool { return r.Error != "" }) && r.from == nil {
			err = errors.Join(err, errFailed)
		}
	}
	return r.output.emitDone(cmd, err, contentsOf(len(d.Networks)), func(w io.Writer, f report.Format) error { return r.write(w, f, &d) })
}

// stored reports what files hold.
func (r *reportCommand) stored(cmd *cobra.Command, args []string) error {
	var files []string
	for _, name := range r.from {
		named, err := resultFiles(name)
		if err != nil {
			return usage("--from: %w", err)
		}
		files = append(files, named...)
	}
	found, err := r.items(args)
	if err != nil {
		return usage("%w", err)
	}
	for _, file := range files {
		if err := r.read(cmd, file); err != nil {
			return err
		}
	}
	r.document.Gather()
	if len(r.document.Networks) == 0 {
		return fmt.Errorf("%s: there is nothing in it to report", strings.Join(files, ", "))
	}
	if len(args) == 0 {
		if found, err = r.measuredItems(cmd); err != nil {
			return err
		}
	}
	inputs := slices.Clone(files)
	for _, it := range found.items {
		if !it.Embedded() {
			inputs = append(inputs, it.Name)
		}
	}
	if err := r.output.prepare(cmd, inputs); err != nil {
		return err
	}
	r.runs.path.name = "all"
	return r.emit(cmd, eachInstance(cmd, found, &r.output, func(in *instance.Instance) error { return r.describe(cmd, in) }))
}

// read adds a stored file to the document.
func (r *reportCommand) read(cmd *cobra.Command, file string) (err error) {
	add := func(in io.Reader) (none struct{}, err error) { return none, r.document.Read(in) }
	name := file
	if file == "-" {
		name = "standard input"
		_, err = source.ReadFrom(cmd.Context(), cmd.InOrStdin(), sourceLimit(), add)
	} else {
		_, err = source.Read(cmd.Context(), file, sourceLimit(), add)
	}
	if err != nil && cmd.Context().Err() == nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return err
}
