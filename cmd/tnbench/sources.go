package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"tnbench/internal/machine"
	"tnbench/internal/report"
	"tnbench/internal/source"
)

// sourceLimit bounds what is read of one file. What is read takes several times
// the memory of its text, so a small machine gets a lower bound.
var sourceLimit = sync.OnceValue(func() source.Limit {
	const share = 8
	free, err := machine.AvailableMemory()
	if err != nil || free.Bytes/share >= source.DefaultLimit {
		return source.Limit{}
	}
	const unit = 1 << 20 // for a round figure, and as the least that is of use
	return source.Limit{
		Bytes:  max(free.Bytes/share/unit, 1) * unit,
		Reason: fmt.Sprintf("an eighth of the available %s (%s)", report.Bytes(float64(free.Bytes)), free.Bound),
	}
})

// checkFound handles the arguments of a command that stand for nothing, as missing
// says, besides found others. If there are others, missing is reported at once and
// the command goes on, to fail in the end with the error that is returned as
// failed. If there are none, the command line as a whole is a mistake.
func checkFound(cmd *cobra.Command, found int, missing error) (failed, mistake error) {
	switch {
	case missing == nil:
		return nil, nil
	case found == 0:
		return nil, usage("%w", missing)
	}
	complain(cmd, missing)
	return errFailed, nil
}

// present returns those of files that there are, each once; "-" stands for standard
// input. The error names the others.
func present(files []string) (there []string, missing error) {
	seen := map[string]bool{}
	for _, file := range files {
		if seen[filepath.Clean(file)] {
			continue
		}
		seen[filepath.Clean(file)] = true
		if _, err := os.Stat(file); file == "-" || !errors.Is(err, os.ErrNotExist) {
			there = append(there, file)
			continue
		}
		missing = errors.Join(missing, fmt.Errorf("%s: no such file", file))
	}
	return there, missing
}
