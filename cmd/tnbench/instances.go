package main

import (
	"io"

	"github.com/spf13/cobra"

	"tnbench/internal/await"
	"tnbench/internal/generate"
	"tnbench/internal/instance"
	"tnbench/internal/report"
	"tnbench/internal/study"
)

// instancesCommand lists instances.
type instancesCommand struct {
	output   outputFlags
	document study.Listings
}

func newInstancesCommand() *cobra.Command {
	i := &instancesCommand{}
	cmd := &cobra.Command{
		Use:   "instances [INSTANCE...]",
		Short: "List the embedded instances, or the given ones",
		Long: `List instances with their tensors, labels, element type and output, and for each
path the flops (log10) and the elements of the largest result of a step (log2),
computed from the path. Without an argument the embedded instances are listed:
those that commands use when none is named. With -v stand the commands that made
them.

CSV has a row per instance and path. JSON has the schema ` + study.InstancesSchema + `.`,
		Example: `  tnbench instances                        the embedded ones
  tnbench instances -v                     and how they were made
  tnbench instances suite/ --format csv    all of a directory`,
		ValidArgsFunction: completeInstances,
		RunE:              i.run,
	}
	i.output.register(cmd, report.Formats...)
	return cmd
}

func (i *instancesCommand) run(cmd *cobra.Command, args []string) error {
	if err := i.output.parse(cmd); err != nil {
		return err
	}
	found, err := i.output.find(cmd, args)
	if err != nil {
		return err
	}
	i.document = study.Listings{Schema: study.InstancesSchema, Instances: []study.Listing{}}
	err = eachInstance(cmd, found, &i.output, func(in *instance.Instance) error { return i.add(cmd, in) })
	i.document.Interrupted = cmd.Context().Err() != nil
	return i.output.emitDone(cmd, err, contentsOf(len(i.document.Instances)), func(w io.Writer, f report.Format) error {
		return report.WriteInstances(w, f, &i.document, i.output.verbose)
	})
}

func (i *instancesCommand) add(cmd *cobra.Command, in *instance.Instance) error {
	command := ""
	if r, ok := generate.FindEmbedded(in.Name); ok && in.Source == instance.Embedded {
		command = report.CommandLine(r)
	}
	listing, err := await.Value(cmd.Context(), func() (study.Listing, error) { return study.NewListing(in, command) })
	if err == nil {
		i.document.Instances = append(i.document.Instances, listing)
	}
	return err
}
