package main

import (
	"github.com/spf13/cobra"

	"tnbench/internal/suggest"
)

// shells are those that can complete command lines, and who writes their scripts.
var shells = []struct {
	name   string
	script func(root *cobra.Command) error
}{
	{"bash", func(root *cobra.Command) error { return root.GenBashCompletionV2(root.OutOrStdout(), true) }},
	{"zsh", func(root *cobra.Command) error { return root.GenZshCompletion(root.OutOrStdout()) }},
	{"fish", func(root *cobra.Command) error { return root.GenFishCompletion(root.OutOrStdout(), true) }},
	{"powershell", func(root *cobra.Command) error { return root.GenPowerShellCompletionWithDesc(root.OutOrStdout()) }},
}

func newCompletionCommand() *cobra.Command {
	names := make([]string, len(shells))
	for i, s := range shells {
		names[i] = s.name
	}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a script with which a shell completes commands, flags and names",
		Long: `Print the script with which a shell completes commands, flags, strategies and
instances: bash, zsh, fish or powershell. Load it when the shell starts:

  bash         source <(tnbench completion bash)   in ~/.bashrc
  zsh          source <(tnbench completion zsh)    in ~/.zshrc, after compinit
  fish         tnbench completion fish | source    in ~/.config/fish/config.fish
  powershell   tnbench completion powershell | Out-String | Invoke-Expression
               in the file that $PROFILE names

bash needs the package bash-completion.`,
		Example: `  tnbench completion bash
  tnbench completion zsh`,
		ValidArgs: names,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one shell: bash, zsh, fish or powershell")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, s := range shells {
				if s.name == args[0] {
					return s.script(cmd.Root())
				}
			}
			return usageOf(cmd, suggest.Unknown("shell", args[0], names))
		},
	}
}

// asked is whether a shell asks this process what a command line can be completed with.
var asked bool

// asks reports whether a shell's script made these arguments.
func asks(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// completes says what a flag can be completed with. cobra keeps what it is told, and with
// it the command and all that it measured, for as long as the process lives: it is told
// only where a shell asks.
func completes(cmd *cobra.Command, flag string, with cobra.CompletionFunc) {
	if asked {
		cmd.RegisterFlagCompletionFunc(flag, with)
	}
}
