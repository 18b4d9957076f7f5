package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tnbench/internal/machine"
	"tnbench/internal/report"
)

// memoryLimit is what a command may use: a size, or a share of what is available.
type memoryLimit struct {
	text  string
	bytes int64
	name  string // what sets it
}

func (l *memoryLimit) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&l.text, "mem-limit", "80%", "refuse what needs more memory than this: `SIZE` such as 8GiB, or per cent of what is available")
}

func (l *memoryLimit) parse() error {
	size, percent, err := parseSize(l.text)
	if err != nil {
		return usage("--mem-limit: %w", err)
	}
	l.bytes, l.name = size, "--mem-limit"
	if percent > 0 {
		free, err := machine.AvailableMemory()
		if err != nil {
			return fmt.Errorf("%w; give --mem-limit a size, such as 8GiB", err)
		}
		l.bytes = int64(float64(free.Bytes) * percent / 100)
		l.name = fmt.Sprintf("%g %% of the available %s (%s)", percent, report.Bytes(float64(free.Bytes)), free.Bound)
	}
	return nil
}

// check refuses need bytes if they are more than the limit.
func (l *memoryLimit) check(need int) error {
	if int64(need) <= l.bytes {
		return nil
	}
	return fmt.Errorf("needs %s, more than %s, %s; raise --mem-limit if you are sure",
		report.Bytes(float64(need)), report.Bytes(float64(l.bytes)), l.name)
}
