package main

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tnbench/internal/await"
	"tnbench/internal/draw"
	"tnbench/internal/instance"
	"tnbench/internal/page"
	"tnbench/internal/path"
	"tnbench/internal/report"
	"tnbench/internal/study"
	"tnbench/internal/suggest"
)

// histogramCommand prints the sizes of tensors.
type histogramCommand struct {
	output   outputFlags
	path     pathFlag
	plot     plotFlag
	of       string
	binsName string

	bins     study.Binning
	document study.Histograms
	drawings []draw.Drawing
}

var tensors = []string{"intermediates", "inputs"}

func newHistogramCommand() *cobra.Command {
	h := &histogramCommand{}
	cmd := &cobra.Command{
		Use:   "histogram [INSTANCE...]",
		Short: "Show how large the intermediates are, and how many buffers could be reused",
		Long: `Show the distribution of tensor sizes of each instance: how many tensors have
how many elements and bytes, their share and cumulative share. Nothing is
contracted.

With --of intermediates every step's result counts as an allocation, the last
one's too, which is the result of the network. Below the distribution stand the
number of allocations, those of 64 bytes or less, the number of unique sizes, and
how many allocations a pool of exact sizes could serve from buffers freed earlier
in the same contraction: if lifetimes did not matter, and with real lifetimes in
three execution orders.

--bins exact has a row per size; log2 a row per power of two, empty ones too;
report the coarser rows of the light_415 analysis (a study of how the public
benchmark tensornetwork_permutation_light_415 allocates memory), each stating the
smallest and largest of its sizes that occur.

--plot draws the sizes by powers of two: their share of all tensors, and beside it
their share of all bytes.

CSV has a row per bin, sizes in elements and bytes, shares as fractions. The
summary is in the tables and in JSON (schema ` + study.HistogramSchema + `).`,
		Example: `  tnbench histogram light.json                      every size that occurs
  tnbench histogram light.json --bins report -v     coarser rows, explained
  tnbench histogram suite/ --path all --bins log2 --format markdown
  tnbench histogram light.json --of inputs --format csv -o sizes.csv
  tnbench histogram light.json --plot sizes.svg`,
		ValidArgsFunction: completeInstances,
		RunE:              h.run,
	}
	f := cmd.Flags()
	f.StringVar(&h.of, "of", "intermediates", "which tensors: intermediates, or inputs (for which --path does not matter)")
	f.StringVar(&h.binsName, "bins", string(study.ExactBins), "rows: "+strings.Join(study.Binnings, ", "))
	h.plot.register(cmd, "the sizes, by number and by bytes,")
	h.output.register(cmd, report.Formats...)
	h.path.register(cmd)
	completes(cmd, "of", cobra.FixedCompletions(tensors, cobra.ShellCompDirectiveNoFileComp))
	completes(cmd, "bins", cobra.FixedCompletions(study.Binnings, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// parse checks all flags before anything is loaded.
func (h *histogramCommand) parse(cmd *cobra.Command) (err error) {
	if err := errors.Join(h.output.parse(cmd), h.plot.parse()); err != nil {
		return err
	}
	if !slices.Contains(tensors, h.of) {
		return usage("--of: %w", suggest.Unknown("tensors", h.of, tensors))
	}
	if h.bins, err = study.ParseBinning(h.binsName); err != nil {
		return usage("--bins: %w", err)
	}
	return nil
}

func (h *histogramCommand) run(cmd *cobra.Command, args []string) error {
	if err := h.parse(cmd); err != nil {
		return err
	}
	found, err := h.output.find(cmd, args, &h.plot.destination)
	if err != nil {
		return err
	}
	h.document = study.Histograms{Schema: study.HistogramSchema, Histograms: []study.Histogram{}}
	err = eachInstance(cmd, found, &h.output, func(in *instance.Instance) error { return h.add(cmd, in) })
	h.document.Interrupted = cmd.Context().Err() != nil
	err = h.plot.draw(cmd, err, h.drawings)
	return h.output.emitDone(cmd, err, contentsOf(len(h.document.Histograms)), func(w io.Writer, f report.Format) error {
		return report.WriteHistograms(w, f, &h.document, h.output.verbose)
	})
}

// add makes the histograms of an instance.
func (h *histogramCommand) add(cmd *cobra.Command, in *instance.Instance) error {
	if h.of == "inputs" {
		return h.count(cmd, func(b study.Binning) study.Histogram { return study.NewInputHistogram(in, b) })
	}
	return eachTree(cmd, in, h.path, &h.output, func(tree *path.Tree, p instance.Path) error {
		return h.count(cmd, func(b study.Binning) study.Histogram { return study.NewHistogram(tree, p.Name, b) })
	})
}

// count keeps what make makes, and if it is to be drawn a drawing of it.
func (h *histogramCommand) count(cmd *cobra.Command, make func(study.Binning) study.Histogram) error {
	made, err := await.Value(cmd.Context(), func() (study.Histogram, error) { return make(h.bins), nil })
	if err != nil {
		return err
	}
	h.document.Histograms = append(h.document.Histograms, made)
	if h.plot.name == "" {
		return nil
	}
	drawn, err := await.Value(cmd.Context(), func() (study.Histogram, error) { return make(study.Log2Bins), nil })
	if err == nil {
		h.drawings = append(h.drawings, page.SizesOf(&drawn, page.English))
	}
	return err
}
