package duel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tnbench/internal/bench"
	"tnbench/internal/result"
)

// Side is one of the two that are compared: what is started in its turn, and
// prints a document.
type Side struct {
	Name    string   // "base" or "new"
	Label   string   // as the user wrote it
	Program string   // what is started
	Args    []string // of a command
	Build   bool     // a build of tnbench, which takes the flags of run; else a command that is run as it is
	Flags   []string // of run, for this side alone
	// Dropped are the flags that the build does not have and can do without.
	Dropped []string
}

// turn is what a process of a build is asked for.
type turn struct {
	program string   // an instance
	flags   []string // that it must have
	runs    int
}

// spare are flags that an older build may not have. They save time or keep
// standard error short, and change nothing of what is measured.
var spare = []string{"--no-peaks", "--check=off", "--quiet"}

// flagName is the name in a flag as it is written.
func flagName(flag string) string {
	name, _, _ := strings.Cut(flag, "=")
	return name
}

// unknownFlag finds the flag in a usage error of a build.
var unknownFlag = regexp.MustCompile(`unknown flag: (--[\w-]+)`)

// run runs a process of the side. Flags that its build does not have and can do
// without are left out, from now on.
func (s *Side) run(ctx context.Context, t turn) (result.Document, error) {
	for {
		d, err := bench.Command{Program: s.Program, Args: s.args(t)}.Run(ctx)
		var failed *bench.ProcessError
		if errors.As(err, &failed) && s.drop(failed.Said) {
			continue
		}
		if err == nil && d.Schema != result.Schema {
			err = fmt.Errorf("its document has the schema %q, not %q", d.Schema, result.Schema)
		}
		return d, err
	}
}

// args returns the command line of a process.
func (s *Side) args(t turn) []string {
	if !s.Build {
		return s.Args
	}
	args := []string{"run", "--format=json", "--warmup=1"}
	for _, flag := range spare {
		if !slices.Contains(s.Dropped, flagName(flag)) {
			args = append(args, flag)
		}
	}
	args = append(args, fmt.Sprintf("--runs=%d", t.runs))
	args = slices.Concat(args, t.flags, s.Flags) // the last of a flag counts
	return append(args, "--", t.program)         // names may look like flags
}

// Embedded lists the instances that a build comes with.
func (s *Side) Embedded(ctx context.Context) (names []string, err error) {
	out, err := bench.Command{Program: s.Program, Args: []string{"instances", "--format=json", "--quiet"}}.Output(ctx)
	if err != nil {
		return nil, err
	}
	var list struct {
		Instances []struct {
			Name string `json:"name"`
		} `json:"instances"`
	}
	if err := json.Unmarshal(out, &list); err != nil {
		return nil, err
	}
	for _, in := range list.Instances {
		names = append(names, in.Name)
	}
	return names, nil
}

// drop leaves out the flag that a build complains of, if it can.
func (s *Side) drop(said string) bool {
	match := unknownFlag.FindStringSubmatch(said)
	if match == nil || !s.Build || slices.Contains(s.Dropped, match[1]) {
		return false
	}
	if !slices.ContainsFunc(spare, func(f string) bool { return flagName(f) == match[1] }) {
		return false
	}
	s.Dropped = append(s.Dropped, match[1])
	return true
}
