package main

import (
	"strings"

	"github.com/spf13/cobra"

	"tnbench/internal/report"
)

// viewFlags say how people see results.
type viewFlags struct {
	sort    string
	columns string
	view    report.RunView
}

func (v *viewFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&v.sort, "sort", report.ByTime.String(), "order of strategies in tables: "+strings.Join(report.SortNames(), ", "))
	f.StringVar(&v.columns, "columns", "", "figures in tables, separated by commas, such as time,ratio,heap_bytes (default: those there is room for; -v shows all)")
	completes(cmd, "sort", cobra.FixedCompletions(report.SortNames(), cobra.ShellCompDirectiveNoFileComp))
	completes(cmd, "columns", completeListOf(report.ColumnNames))
}

// parse checks the flags. verbose is that of -v.
func (v *viewFlags) parse(verbose bool) (err error) {
	v.view.All = verbose
	if v.view.Sort, err = report.ParseSort(v.sort); err != nil {
		return usage("--sort: %w", err)
	}
	if v.columns == "" {
		return nil
	}
	if v.view.Columns, err = report.ParseColumns(v.columns); err != nil {
		return usage("--columns: %w", err)
	}
	return nil
}
