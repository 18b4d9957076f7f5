//go:build unix

package bench

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"tnbench/internal/result"
)

// shell is a command that runs a script in place of this program.
func shell(script string) Command {
	return Command{Program: "/bin/sh", Args: []string{"-c", script}}
}

func TestStreamsAreComparedWithTheMedianOfProcesses(t *testing.T) {
	results := []result.Result{{Alloc: "make", Median: result.Measured(300.0)}, {Alloc: "slab", Median: result.Measured(100.0)}}
	script := `echo '{"results":[{"alloc":"make","median_ns":100},{"alloc":"other","median_ns":7}]}'; echo note >&2`
	if err := Compare(context.Background(), shell(script), 3, results); err != nil {
		t.Fatal(err)
	}
	if r := results[0]; r.Processes.Value != 100 || r.Contention.Value != 3 {
		t.Errorf("processes %v, contention %v, want 100 and 3", r.Processes, r.Contention)
	}
	if results[1].Processes.OK {
		t.Errorf("%v of a strategy that no process measured", results[1].Processes)
	}
}

func TestWhatGoesWrongInAProcessIsSaidInBounds(t *testing.T) {
	for script, want := range map[string]string{
		"echo why >&2; exit 3":                                "exit status 3: why",
		"head -c 10000000 /dev/zero | tr '\\0' x >&2; exit 1": "xxxx",
		"echo no json":                                        "no document",
		"true":                                                "no document",
		`echo '{"results":[{"alloc":"make","error":"needs more"}]}'; exit 1`: "needs more",
	} {
		err := Compare(context.Background(), shell(script), 2, []result.Result{{Alloc: "make"}})
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > mostComplaints+200 {
			t.Errorf("%s: %.200v", script, err)
		}
	}
	if err := Compare(context.Background(), Command{Program: "/no/such/program"}, 2, nil); err == nil {
		t.Error("a program that is not there: no error")
	}
}

func TestProcessesEndWithTheContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := Compare(ctx, shell("sleep 600"), 2, nil)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Minute {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}
