package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tnbench/internal/bench"
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
	all   int64  // bytes that are available; 0 if that is not known
	bound string // what sets these
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
	all := free.Bytes + machine.ResidentMemory() // a need counts what this process has already
	if percent > 0 {
		if err != nil {
			return fmt.Errorf("%w; give --mem-limit a size, such as 8GiB", err)
		}
		l.bytes = int64(float64(all) * percent / 100)
		l.name = fmt.Sprintf("%g %% of the available %s (%s)", percent, report.Bytes(float64(all)), free.Bound)
	}
	if err == nil {
		l.all, l.bound = all, free.Bound
	}
	if err == nil && l.bytes > all {
		l.free = fmt.Sprintf("%s (%s)", report.Bytes(float64(all)), free.Bound)
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

// nearly is the share of the available memory from which on a warning is due.
const nearly = 0.75

// near warns where subject needs nearly all that is available.
func (l *memoryLimit) near(subject string, n bench.Need) []warning.Warning {
	if l.all <= 0 || float64(n.Least()) < nearly*float64(l.all) {
		return nil
	}
	return []warning.Warning{{
		Code:    "memory",
		Subject: subject,
		Message: fmt.Sprintf("it takes %s of the available %s (%s)", report.Bytes(float64(n.Least())), report.Bytes(float64(l.all)), l.bound),
		Remedy:  "near the limit a system takes memory back, or swaps, at the cost of whoever runs: measure fewer strategies at once, or make room",
	}}
}

// check refuses a need that is more than the limit. remedy ends the sentence.
func (l *memoryLimit) check(n bench.Need, remedy string) error {
	if int64(n.Least()) <= l.bytes {
		return nil
	}
	return l.exceeded(n, remedy)
}

// exceeded is the error of a need that is more than the limit.
func (l *memoryLimit) exceeded(n bench.Need, remedy string) error {
	return fmt.Errorf("needs %s, more than %s, %s; %s", forecast(n), report.Bytes(float64(l.bytes)), l.name, remedy)
}

// forecast says what a need consists of.
func forecast(n bench.Need) string {
	text := report.Bytes(float64(n.Total()))
	if least := report.Bytes(float64(n.Least())); least != text {
		text += fmt.Sprintf(", or %s without the check", least)
	}
	var parts []string
	for _, part := range []struct {
		name  string
		bytes int
	}{
		{"this program", n.Process}, {"inputs", n.Inputs}, {"results", n.Results}, {"strategies", n.Strategies},
		{"before them the check", n.Check}, {"other processes", n.Processes},
	} {
		if part.bytes > 0 {
			parts = append(parts, part.name+" "+report.Bytes(float64(part.bytes)))
		}
	}
	return text + " (" + strings.Join(parts, ", ") + ")"
}
