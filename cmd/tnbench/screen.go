package main

import (
	"os"
	"runtime"
	"strconv"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tnbench/internal/report"
)

// screenOf returns standard output as what tables are written to: as wide as the
// terminal, or as the environment variable COLUMNS says. Colours are for terminals
// alone, and not for those whose user or kind says no.
func screenOf(cmd *cobra.Command) report.Screen {
	out := cmd.OutOrStdout()
	s := report.Screen{Writer: out, Width: report.DefaultWidth}
	guarded, ok := out.(*stdout)
	if !ok {
		return s
	}
	if f, ok := guarded.w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		s.Terminal = true
		s.Colors = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" &&
			(runtime.GOOS != "windows" || os.Getenv("WT_SESSION") != "") // older consoles print them
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			s.Width = width
		}
	}
	if width, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && width > 0 {
		s.Width = width
	}
	return s
}
