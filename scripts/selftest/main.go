// Selftest tries what tnbench run and replay claim: identical strategies must hardly
// ever be told apart, planted slowdowns must be found. It prints how often that was
// so, with exact binomial intervals, and fails if a rate is not what it must be.
//
//	go run ./scripts/selftest --help
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"tnbench/internal/result"
	"tnbench/internal/stats"
)

const usage = `usage: go run ./scripts/selftest [options]

Builds tnbench and runs it again and again, each time in a process of its own:

  --same N       comparisons of a strategy with itself, spread over a large network,
                 one of three tensors, a matrix chain, and a replay; every second one
                 beside a busy process (40)
  --planted N    runs with a planted slowdown of 5 % on the large network, at the
                 default settings (10)
  --resolved N   the same with 2 % and --until-resolved, within two minutes (0)
  --large NAME   the large network: a file or the name of an embedded one
                 (cubic_light_415)
  --alloc SPEC   the strategy (slab)
  --first N      number of the first run of each kind, which its order of turns and
                 its inputs are drawn from: other runs than those before it (0)
  --quiet-only   no busy process
  -v             a line for each run

300 comparisons take some 40 minutes on two cores, 100 planted ones half an hour.
Exit code 1: more than 1 % of identical strategies were told apart, or fewer than 95 %
of the planted slowdowns were found.
`

// Rates that must hold.
const (
	mostFalse = 0.01
	leastHits = 0.95
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == busy {
		spin()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "selftest: %v\n", err)
		os.Exit(1)
	}
}

// selftest is what the runs share.
type selftest struct {
	ordinary, planted string // programs
	spec, large       string
	first             int
	alone, verbose    bool
	folder            string
	rates             []rate
	warnings          map[string]int
	runs              int
}

// rate is how often something was found.
type rate struct {
	what         string
	found, tried int
	least, most  float64 // what the share must be
	slowest      time.Duration
}

func run(ctx context.Context) error {
	s := selftest{warnings: map[string]int{}}
	f := flag.NewFlagSet("selftest", flag.ContinueOnError)
	f.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	same, planted := f.Int("same", 40, ""), f.Int("planted", 10, "")
	resolved := f.Int("resolved", 0, "")
	f.StringVar(&s.large, "large", "cubic_light_415", "")
	f.StringVar(&s.spec, "alloc", "slab", "")
	f.IntVar(&s.first, "first", 0, "")
	f.BoolVar(&s.alone, "quiet-only", false, "")
	f.BoolVar(&s.verbose, "v", false, "")
	if err := f.Parse(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	var err error
	if s.folder, err = os.MkdirTemp("", "tnbench-selftest-"); err != nil {
		return err
	}
	defer os.RemoveAll(s.folder)
	if err := s.prepare(ctx); err != nil {
		return err
	}
	err = s.identical(ctx, *same)
	if err == nil {
		err = s.slowed(ctx, "5 % slower, default settings", *planted, "5")
	}
	if err == nil {
		err = s.slowed(ctx, "2 % slower, --until-resolved", *resolved, "2", "--until-resolved")
	}
	return errors.Join(err, s.report())
}

// prepare builds the programs and makes what they are run on.
func (s *selftest) prepare(ctx context.Context) error {
	s.ordinary, s.planted = filepath.Join(s.folder, "tnbench"), filepath.Join(s.folder, "tnbench-planted")
	for program, tags := range map[string]string{s.ordinary: "", s.planted: "planted"} {
		build := exec.CommandContext(ctx, "go", "build", "-tags", tags, "-o", program, "./cmd/tnbench")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("build: %w", err)
		}
	}
	if err := os.WriteFile(s.tiny(), []byte(tiny), 0o644); err != nil {
		return err
	}
	_, err := exec.CommandContext(ctx, s.ordinary, "trace", "matrix_chain_10", "-q", "-o", s.log()).Output()
	return err
}

// tiny is a network of three tensors.
const tiny = `{"name":"tiny","format_string":"ab,bc,cd->ad","shapes":[[2,3],[3,4],[4,5]],"dtype":"float64",
"num_tensors":3,"paths":{"opt_flops":{"path":[[0,1],[0,1]]}}}`

func (s *selftest) tiny() string { return filepath.Join(s.folder, "tiny.json") }
func (s *selftest) log() string  { return filepath.Join(s.folder, "chain.log") }

// identical compares a strategy with itself n times.
func (s *selftest) identical(ctx context.Context, n int) error {
	cases := [][]string{{"run", s.large}, {"run", s.tiny()}, {"run", "matrix_chain_10"}, {"replay", s.log()}}
	names := []string{"large network", "three tensors", "matrix chain", "replay"}
	for i := s.first; i < s.first+n; i++ {
		at := i / 2 % len(cases)
		beside := i%2 == 1 && !s.alone
		what := "identical, " + names[at]
		if beside {
			what += ", beside a busy process"
		}
		specs := s.spec + "," + s.spec
		d, took, err := s.compare(ctx, beside, s.ordinary, i, append(cases[at], "--alloc", specs)...)
		if err != nil {
			return err
		}
		s.count(what, d, took, 0, mostFalse, stats.Outcome.Differs)
	}
	return nil
}

// slowed compares a strategy with a slowed one n times.
func (s *selftest) slowed(ctx context.Context, what string, n int, percent string, more ...string) error {
	for i := s.first; i < s.first+n; i++ {
		specs := fmt.Sprintf("%s,slow:percent=%s,base=%s", s.spec, percent, s.spec)
		d, took, err := s.compare(ctx, false, s.planted, i, append([]string{"run", s.large, "--alloc", specs}, more...)...)
		if err != nil {
			return err
		}
		s.count(what, d, took, leastHits, 1, func(o stats.Outcome) bool { return o == stats.Slower })
	}
	return nil
}

// compare runs tnbench once and returns its document.
func (s *selftest) compare(ctx context.Context, beside bool, program string, seed int, args ...string) (*result.Document, time.Duration, error) {
	if beside {
		self, err := os.Executable()
		if err != nil {
			return nil, 0, err
		}
		other := exec.CommandContext(ctx, self, busy)
		if err := other.Start(); err != nil {
			return nil, 0, err
		}
		defer func() { other.Process.Kill(); other.Wait() }()
	}
	args = append(args, "--baseline", s.spec, "--seed", fmt.Sprint(seed+1), "--format", "json", "-q")
	start := time.Now()
	out, err := exec.CommandContext(ctx, program, args...).Output()
	took := time.Since(start)
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return nil, took, fmt.Errorf("%v: %w: %s", args, err, bytes.TrimSpace(failed.Stderr))
	} else if err != nil {
		return nil, took, err
	}
	d := new(result.Document)
	if err := json.Unmarshal(out, d); err != nil {
		return nil, took, err
	}
	if n := len(d.Results); n != 2 || !d.Results[1].Ratio.OK {
		return nil, took, fmt.Errorf("%v: %d results, want two and a ratio", args, n)
	}
	return d, took, nil
}

// count files what a run found.
func (s *selftest) count(what string, d *result.Document, took time.Duration, least, most float64, found func(stats.Outcome) bool) {
	i := slices.IndexFunc(s.rates, func(r rate) bool { return r.what == what })
	if i < 0 {
		i = len(s.rates)
		s.rates = append(s.rates, rate{what: what, least: least, most: most})
	}
	r, ratio := &s.rates[i], d.Results[1].Ratio.Value
	r.tried++
	if found(stats.Outcome(ratio.Outcome)) {
		r.found++
	}
	r.slowest = max(r.slowest, took)
	s.runs++
	for _, code := range codes(d) {
		s.warnings[code]++
	}
	if s.verbose {
		fmt.Printf("%s: %.4f [%.4f, %.4f] %s, %d rounds, %.1f s %s\n", what, ratio.Median, ratio.Low.Value, ratio.High.Value, ratio.Outcome,
			len(d.Results[1].Samples), took.Seconds(), strings.Join(codes(d), " "))
	}
}

// codes are the kinds of a document's warnings.
func codes(d *result.Document) (all []string) {
	for _, w := range d.Warnings {
		if !slices.Contains(all, w.Code) {
			all = append(all, w.Code)
		}
	}
	return all
}

// report prints the rates and tells which are not what they must be: where the whole of
// the interval is beyond, or with enough runs the rate itself.
func (s *selftest) report() error {
	fmt.Println("| what | found | of | rate | 95 % interval | longest run |")
	fmt.Println("|:--|--:|--:|--:|:--|--:|")
	row := func(r rate) {
		low, high := binomial(r.found, r.tried)
		fmt.Printf("| %s | %d | %d | %.1f %% | [%.1f, %.1f] %% | %.1f s |\n", r.what, r.found, r.tried,
			100*float64(r.found)/float64(r.tried), 100*low, 100*high, r.slowest.Seconds())
	}
	same := rate{what: "identical, all", most: mostFalse}
	var wrong []error
	judge := func(r rate) {
		share := float64(r.found) / float64(max(r.tried, 1))
		if share < r.least || share > r.most {
			wrong = append(wrong, fmt.Errorf("%s: %d of %d", r.what, r.found, r.tried))
		}
	}
	for _, r := range s.rates {
		row(r)
		if r.most == mostFalse {
			same.found, same.tried, same.slowest = same.found+r.found, same.tried+r.tried, max(same.slowest, r.slowest)
			continue
		}
		judge(r)
	}
	if same.tried > 0 {
		row(same)
		judge(same)
	}
	for _, code := range slices.Sorted(maps.Keys(s.warnings)) {
		fmt.Printf("\nwarning %s: in %d of %d runs", code, s.warnings[code], s.runs)
	}
	fmt.Println()
	return errors.Join(wrong...)
}

// binomial returns the exact interval of a rate (Clopper and Pearson).
func binomial(found, tried int) (low, high float64) {
	low, high = 0, 1
	if found > 0 {
		low = distuv.Beta{Alpha: float64(found), Beta: float64(tried - found + 1)}.Quantile(0.025)
	}
	if found < tried {
		high = distuv.Beta{Alpha: float64(found + 1), Beta: float64(tried - found)}.Quantile(0.975)
	}
	return low, high
}

// busy makes this program one that keeps a processor busy.
const busy = "busy"

func spin() {
	data := make([]float64, 1<<20) // arithmetic and memory
	for x := 1.0; ; x *= 1.0000001 {
		for i := range data {
			data[i] += x
		}
	}
}
