package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tnbench/internal/suggest"
)

// ignoreFlag names the circumstances in which results may differ.
type ignoreFlag struct {
	list  string
	known []string
}

func (i *ignoreFlag) register(cmd *cobra.Command, known []string) {
	i.known = known
	cmd.Flags().StringVar(&i.list, "ignore", "", "what may differ, separated by commas: "+strings.Join(known, ", "))
	completes(cmd, "ignore", completeListOf(func() []string { return known }))
}

// parse reads the list.
func (i *ignoreFlag) parse() (map[string]bool, error) {
	all := map[string]bool{}
	for _, name := range strings.Split(i.list, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !slices.Contains(i.known, name) {
			return nil, usage("--ignore: %w", suggest.Unknown("circumstance", name, i.known))
		}
		all[name] = true
	}
	return all, nil
}
