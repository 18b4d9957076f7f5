package duel

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tnbench/internal/compare"
)

// TestMain lets the test binary stand for builds of tnbench, as asBuild says.
func TestMain(m *testing.M) {
	if kind := os.Getenv(asBuild); kind != "" {
		os.Exit(build(kind, os.Args[1:]))
	}
	os.Exit(m.Run())
}

const asBuild = "TNBENCH_TEST_AS_BUILD"

// build is a build that has some flags, or some fault.
func build(kind string, args []string) int {
	switch kind {
	case "panics":
		panic("on purpose")
	case "hangs":
		time.Sleep(time.Hour)
	case "other":
		fmt.Println(`{"schema":"tnbench/9","results":[]}`)
		return 0
	case "text":
		fmt.Println("usage: light FILE")
		return 0
	case "old":
		for _, a := range args {
			if name := flagName(a); name == "--no-peaks" || name == "--check" || name == "--cold" {
				fmt.Fprintf(os.Stderr, "tnbench: unknown flag: %s\n", name)
				return 2
			}
		}
	}
	fmt.Printf(`{"schema":"tnbench/1","results":[{"instance":%q,"path":"p","alloc":"slab","median_ns":1000,"samples_ns":[1000],"error":""}]}`, args[len(args)-1])
	return 0
}

func side(t *testing.T) *Side {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &Side{Name: "new", Label: "young", Program: program, Build: true}
}

func TestFlagsThatAnOlderBuildLacksAreLeftOut(t *testing.T) {
	t.Setenv(asBuild, "old")
	s := side(t)
	for range 2 {
		d, err := s.run(context.Background(), turn{program: "-x", flags: []string{"--alloc=slab"}, runs: 3})
		if err != nil || d.Results[0].Instance != "-x" {
			t.Fatalf("%v: %+v", err, d)
		}
	}
	if want := []string{"--no-peaks", "--check"}; !slices.Equal(s.Dropped, want) {
		t.Errorf("dropped %q, want %q", s.Dropped, want)
	}
	if args := s.args(turn{}); slices.ContainsFunc(args, func(a string) bool { return strings.Contains(a, "check") }) {
		t.Errorf("the flag is still there: %q", args)
	}
	// A flag that says what is measured is not left out.
	if _, err := s.run(context.Background(), turn{program: "x", flags: []string{"--cold"}}); err == nil || !strings.Contains(err.Error(), "unknown flag: --cold") {
		t.Errorf("error %v, want one that names the flag", err)
	}
}

func TestWhatIsNoBuildIsToldApart(t *testing.T) {
	for kind, want := range map[string]string{
		"panics": "panic: on purpose",
		"text":   "no document",
		"other":  `has the schema "tnbench/9"`,
	} {
		t.Setenv(asBuild, kind)
		if _, err := side(t).run(context.Background(), turn{program: "x", runs: 1}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", kind, err, want)
		}
	}
}

func TestTheFirstLineOfAPanicIsTheReason(t *testing.T) {
	t.Setenv(asBuild, "panics")
	d := Run(context.Background(), Config{Base: *side(t), New: *side(t), Programs: []string{"x"}, Rounds: 1, MaxTime: time.Minute})
	if want := "x: new: a process failed: exit status 2: panic: on purpose"; d.Verdict != compare.Undecided || len(d.Reasons) != 1 || d.Reasons[0] != want {
		t.Errorf("%s: %q, want %q", d.Verdict, d.Reasons, want)
	}
}

func TestASideThatHangsEndsWithTheTime(t *testing.T) {
	t.Setenv(asBuild, "hangs")
	d := Run(context.Background(), Config{
		Base: *side(t), New: *side(t), Programs: []string{"x"}, Rounds: 1, MaxTime: 300 * time.Millisecond,
	})
	if d.Verdict != compare.Undecided || len(d.Reasons) != 1 || !strings.Contains(d.Reasons[0], "--max-time") {
		t.Errorf("%s: %q", d.Verdict, d.Reasons)
	}
}

func TestADuelOfProcesses(t *testing.T) {
	t.Setenv(asBuild, "sound")
	d := Run(context.Background(), Config{
		Base: *side(t), New: *side(t), Programs: []string{"x"}, Rounds: 8, MaxTime: time.Minute,
		Thresholds: compare.Thresholds{}, Find: compare.Threshold{Relative: 0.05},
	})
	if d.Verdict != compare.Same || d.New.Processes != 8 {
		t.Errorf("%s: %q, %d processes", d.Verdict, d.Reasons, d.New.Processes)
	}
}
