package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"tnbench/internal/outfile"
)

func newManCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man FOLDER",
		Short: "Write manual pages",
		Long: `Write a manual page of each command into a folder, which is made if it is not there:
tnbench.1, tnbench-run.1 and so on. Where the folder's name ends in man1 and its
parent is in MANPATH, man finds them.`,
		Example: `  tnbench man share/man/man1
  man -l share/man/man1/tnbench-run.1`,
		Args: cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("cannot make the folder: %w", err)
			}
			var files outfile.Set
			for _, c := range append([]*cobra.Command{cmd.Root()}, cmd.Root().Commands()...) {
				if !c.IsAvailableCommand() && c.HasParent() {
					continue
				}
				if err := writeManual(&files, args[0], c); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// writeManual writes the page of one command. Its date is that of the source, where the
// build knows it.
func writeManual(files *outfile.Set, folder string, c *cobra.Command) error {
	name := strings.ReplaceAll(c.CommandPath(), " ", "-")
	file, err := files.Create(filepath.Join(folder, name+".1"))
	if err != nil {
		return err
	}
	c.InitDefaultHelpFlag()
	c.DisableAutoGenTag = true
	header := &doc.GenManHeader{Date: sourceTime(), Title: strings.ToUpper(name), Section: "1", Source: "tnbench " + tool().Version, Manual: "tnbench"}
	return file.Fill(func(w io.Writer) error { return doc.GenMan(c, header, w) })
}
