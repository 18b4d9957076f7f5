package main

import "github.com/spf13/cobra"

func newHelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Explain a command",
		Long:  "Explain a command, as its flag --help does.",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
			for _, c := range cmd.Root().Commands() {
				if len(args) == 0 && c.IsAvailableCommand() {
					names = append(names, c.Name())
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			wanted, rest, err := cmd.Root().Find(args)
			if err == nil && len(rest) > 0 {
				err = isCommand(cmd.Root(), rest)
			}
			if err != nil {
				return usageOf(cmd, err)
			}
			wanted.InitDefaultHelpFlag()
			return wanted.Help()
		},
	}
}
