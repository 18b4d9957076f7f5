package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"tnbench/internal/result"
)

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  tnbench version",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return printVersion(cmd) },
	}
}

func printVersion(cmd *cobra.Command) error {
	t := tool()
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "tnbench %s %s %s/%s\n", t.Version, t.Go, runtime.GOOS, runtime.GOARCH)
	return err
}

// now is the time for documents.
func now() string { return time.Now().UTC().Format(time.RFC3339) }

// sourceTime is when the source was last changed; nil if the build was not told.
func sourceTime() *time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, s := range info.Settings {
		if at, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil {
			return &at
		}
	}
	return nil
}

// tool says what this program is, from what the linker recorded.
func tool() result.Tool {
	t := result.Tool{Version: "(devel)", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return t
	}
	if v := info.Main.Version; v != "" {
		t.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			t.Revision = s.Value
			if t.Version == "(devel)" {
				t.Version = s.Value
			}
		case "vcs.modified":
			t.Dirty = result.Measured(s.Value == "true")
		}
	}
	return t
}
