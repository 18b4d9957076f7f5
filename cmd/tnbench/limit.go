package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tnbench/internal/machine"
	"tnbench/internal/report"
	"tnbench/internal/warning"
)

// memoryLimit is what a command may use: a size, or a share of what is available.
type memoryLimit struct {
	text  string
	bytes int64
	name  string // what sets it
	free  string // what is available, if the limit is more
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
	free, err := machine.AvailableMemory()
	if percent > 0 {
		if err != nil {
			return fmt.Errorf("%w; give --mem-limit a size, such as 8GiB", err)
		}
		l.bytes = int64(float64(free.Bytes) * percent / 100)
		l.name = fmt.Sprintf("%g %% of the available %s (%s)", percent, report.Bytes(float64(free.Bytes)), free.Bound)
	}
	if err == nil && l.bytes > free.Bytes {
		l.free = fmt.Sprintf("%s (%s)", report.Bytes(float64(free.Bytes)), free.Bound)
	}
	return nil
}

// warnings tells of a limit that protects from nothing.
func (l *memoryLimit) warnings() []warning.Warning {
	if l.free == "" {
		return nil
	}
	return []warning.Warning{{
		Code:    "mem-limit",
		Message: fmt.Sprintf("--mem-limit %s is more than the available %s", l.text, l.free),
		Remedy:  "what needs more than is available is slowed by swapping, or killed: leave it at 80%",
	}}
}

// check refuses need bytes if they are more than the limit.
func (l *memoryLimit) check(need int) error {
	if int64(need) <= l.bytes {
		return nil
	}
	return fmt.Errorf("needs %s, more than %s, %s; raise --mem-limit if you are sure",
		report.Bytes(float64(need)), report.Bytes(float64(l.bytes)), l.name)
}
