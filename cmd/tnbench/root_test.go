package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/cobra"

	"tnbench/internal/duel"
)

func TestEveryCommandExplainsItself(t *testing.T) {
	for _, c := range newRoot().Commands() {
		if c.Short == "" || c.Long == "" && c.Name() != "version" {
			t.Errorf("%s: Short %q, Long %q, want both", c.Name(), c.Short, c.Long)
		}
		if !strings.Contains(c.Example, "tnbench "+c.Name()) {
			t.Errorf("%s: Example %q, want command lines", c.Name(), c.Example)
		}
		for _, line := range strings.Split(c.Long, "\n") {
			if len([]rune(line)) > 84 {
				t.Errorf("%s: help has a line too wide for a terminal: %q", c.Name(), line)
			}
		}
		stdout, stderr, code := tnbench(t, c.Name(), "--help")
		if code != 0 || stderr != "" || !strings.Contains(stdout, "Examples:") {
			t.Errorf("%s --help: exit %d, stderr %q, stdout %q; want examples", c.Name(), code, stderr, stdout)
		}
	}
}

func TestUsageErrorsExitWithTwoAndSayWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"nonsense", `unknown command "nonsense": there are allocators, compare, completion`},
		{"rnu", `did you mean "run"?`},
		{"help rnu", `did you mean "run"?`},
		{"help run slab", `unknown command "slab"`},
		{"completion", "name one shell: bash, zsh"},
		{"completion tcsh", `unknown shell "tcsh"`},
		{"completion pwershell", `did you mean "powershell"?`},
		{"run --aloc slab", "unknown flag: --aloc, did you mean \"--alloc\"?"},
		{"--verion", "did you mean \"--version\"?"},
		{"run -x", "unknown shorthand flag: 'x'"},
		{"run --alloc slabb", "did you mean \"slab\"?"},
		{"run --alloc slab:smal=64", "did you mean \"small\"?"},
		{"run --baseline mkae", "did you mean \"make\"?"},
		{"run --fill balancd", "did you mean \"balanced\"?"},
		{"run --format jsno", "did you mean \"json\"?"},
		{"run --order dept", "did you mean \"depth\"?"},
		{"run --metadata haep", "did you mean \"heap\"?"},
		{"run --temporaries fixd", "did you mean \"fixed\"?"},
		{"run --sharing oen", "did you mean \"one\"?"},
		{"run --backend natve", "did you mean \"native\"?"},
		{"run --mem-limit 5gobs", "write 4096, 500MB or 8GiB, or a share, 80%"},
		{"run --mem-limit 1e30GiB", "more bytes than can be counted: write 4096, 500MB or 8GiB, or a share, 80%"},
		{"run --mem-limit 0.1", "less than a byte: write 4096, 500MB or 8GiB, or a share, 80%"},
		{"plan --order peek", "did you mean \"peak\"?"},
		{"histogram --of input", "did you mean \"inputs\"?"},
		{"histogram --bins log", "did you mean \"log2\"?"},
		{"replay --touch wirte " + chain, "did you mean \"write\"?"},
		{"generate gird", "did you mean \"grid\"?"},
		{"generate grid row=4", "did you mean \"rows\"?"},
		{"instances matrix_chian_10", "matrix_chain_10"},
		{"--nonsense", "unknown flag: --nonsense"},
		{"run --nonsense", "run: unknown flag"},
		{"run --runs x", `--runs: "x" is no whole number`},
		{"run --runs 99999999999999999999", `--runs: "99999999999999999999" is no whole number that fits`},
		{"run --seed -1", `--seed: "-1" is no whole number from 0`},
		{"run --quiet=x", `--quiet: "x" is neither true nor false`},
		{"pack x.csv --budget 5", `--budget: "5" is no duration: write 500ms, 10s or 2m`},
		{"run --runs 0", "--runs must be at least 1"},
		{"run --warmup -1", "--warmup must not be negative"},
		{"run --threads 0", "--threads must lie in"},
		{"run --alloc nonsense", "unknown strategy"},
		{"run --alloc slab:nonsense", "unknown option"},
		{"run --baseline nonsense", "unknown strategy"},
		{"run --fill nonsense", "balanced, uniform, ones, zeros"},
		{"run --format nonsense", "benchfmt"},
		{"run --mem-limit nonsense", "is not a size"},
		{"run --mem-limit 3XB", "is not a size"},
		{"run nonsense.json", "nonsense.json: no such file"},
		{"run cubic_light_416", "did you mean cubic_light_415?"},
		{"instances nonsense.json", "no such file"},
		{"instances --format benchfmt", "unknown format"},
		{"allocators slab", "takes no argument"},
		{"allocators --alloc slab", "--alloc is for --bench"},
		{"allocators --bench --alloc nonsense", "unknown strategy"},
		{"generate", "chain, cubic, grid, mps"},
		{"generate nonsense", "unknown kind"},
		{"generate grid rows", "write name=number"},
		{"generate grid rows=x", "no whole number"},
		{"generate grid rows=0", "must be in"},
		{"generate grid depth=3", "unknown parameter"},
		{"generate grid --dtype int8", "supported are"},
		{"generate grid --trials 0", "at least 1"},
		{"generate grid --format csv", "--format is for --list"},
		{"generate grid --list", "takes no kind"},
		{"env here", "takes no argument"},
		{"run --shard 3", "write 3/16"},
		{"run --shard 0/4", "1/4 to 4/4"},
		{"replay --shard 5/4 " + chain, "1/4 to 4/4"},
		{"merge none.json", "none.json: no such file"},
		{"merge " + chain + " --ignore hsot", "did you mean \"host\"?"},
		{"compare", "name two results: BASE and NEW"},
		{"compare a.json", "name two results: BASE and NEW"},
		{"compare a.json b.json c.json", "put a pattern in quotes"},
		{"compare - -", "standard input is one result"},
		{"compare nonsense.json " + chain, "nonsense.json: no such file"},
		{"compare " + chain + " none-*.json", "none-*.json: no such file"},
		{"compare " + chain + " " + chain + " --threshold tiem=5%", "did you mean \"time\"?"},
		{"compare " + chain + " " + chain + " --threshold time=5", "write 5%, 200ns or 5%+200ns"},
		{"compare " + chain + " " + chain + " --ignore hsot", "did you mean \"host\"?"},
		{"compare " + chain + " " + chain + " --drift 0.5", "--drift is a factor of at least 1"},
		{"compare " + chain + " " + chain + " --format benchfmt", "unknown format"},
		{"version now", "takes no argument"},
	} {
		stdout, stderr, code := tnbench(t, strings.Fields(c.line)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, "--help") {
			t.Errorf("tnbench %s: exit %d, stdout %q, stderr %q; want exit %d, nothing on stdout, %q", c.line, code, stdout, stderr, exitUsage, c.want)
		}
	}
}

func TestVersionNamesProgramAndToolchain(t *testing.T) {
	stdout, stderr, code := tnbench(t, "version")
	if code != 0 || stderr != "" || !regexp.MustCompile(`^tnbench \S+ go\S+ \w+/\w+\n$`).MatchString(stdout) {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

func TestCompletion(t *testing.T) {
	for _, c := range []struct {
		line string // what is completed is its last word
		want []string
	}{
		{"run cubic", []string{"cubic_light_415"}},
		{"inspect m", []string{"matrix_chain_10", "mps_inner_50"}},
		{"histogram no_such", []string{"json"}}, // a filter: the shell offers files
		{"run --alloc sl", []string{"slab", "slab:huge", "slab:small=64"}},
		{"run --alloc make,ar", []string{"make,arena", "make,arena:huge"}},
		{"run --baseline syn", []string{"syncpool"}},
		{"run --format b", []string{"benchfmt"}},
		{"run --path opt_s", []string{"opt_size"}},
		{"run --fill z", []string{"zeros"}},
		{"generate c", []string{"chain", "cubic"}},
		{"generate grid dia", []string{"diagonals="}},
		{"generate grid --dtype complex", []string{"complex64", "complex128"}},
		{"env --format c", []string{"csv"}},
		{"merge a.json --ignore host,stre", []string{"host,streams"}},
		{"compare a.json b.json --format g", []string{"github"}},
		{"compare a.json b.json --ignore host,thr", []string{"host,threads"}},
		{"compare a.json b.json --threshold allocs=0,bytes", []string{"allocs=0,bytes=1%"}},
		{"instances p", []string{"potts_king_10x10"}},
	} {
		stdout, _, code := tnbench(t, append([]string{cobra.ShellCompRequestCmd}, strings.Fields(c.line)...)...)
		lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
		prefix := c.line[strings.LastIndex(c.line, " ")+1:]
		var offered []string
		for _, l := range lines[:len(lines)-1] { // the last line is the directive
			if strings.HasPrefix(l, prefix) || len(lines) == 2 { // as shells do; one alone may be a filter of files
				offered = append(offered, l)
			}
		}
		got := strings.Join(offered, " ")
		if code != 0 || got != strings.Join(c.want, " ") {
			t.Errorf("tnbench %s<TAB>: exit %d, %q, want %q", c.line, code, got, c.want)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if stdout, _, code := tnbench(t, "completion", shell); code != 0 || !strings.Contains(stdout, "tnbench") {
			t.Errorf("completion %s: exit %d, %d bytes", shell, code, len(stdout))
		}
	}
}

// TestExamplesRun runs the examples of all help texts, with small networks under
// the names they use.
func TestExamplesRun(t *testing.T) {
	if testing.Short() {
		t.Skip("measures for some seconds")
	}
	known := map[string]bool{}
	for _, c := range append(newRoot().Commands(), newRoot()) {
		for _, line := range strings.Split(c.Example, "\n") {
			if line = commandLine(line); !known[line] {
				runsAsDocumented(t, line)
			}
			known[line] = true
		}
	}
}

// commandLine returns what is to be run of a line of the documentation.
func commandLine(line string) string {
	line = strings.TrimSpace(line)
	for _, end := range []string{"  ", " |", " >", " #"} { // an explanation, another program
		line, _, _ = strings.Cut(line, end)
	}
	return line
}

// runsAsDocumented runs a command line of the documentation in a directory of
// its own. What it reads is a small network; measuring is cut short.
func runsAsDocumented(t *testing.T, line string) {
	t.Helper()
	args, err := duel.Words(line)
	if err != nil || len(args) < 2 || args[0] != "tnbench" {
		return
	}
	t.Run(strings.Join(args[1:], " "), func(t *testing.T) {
		if slices.Contains(args, "--cold") {
			startable(t)
		}
		network, err := os.ReadFile(chain)
		if err != nil {
			t.Fatal(err)
		}
		chainFile, err := filepath.Abs(chain)
		if err != nil {
			t.Fatal(err)
		}
		t.Chdir(t.TempDir())
		words := args
		if args[1] == "duel" {
			asBuilds(t, "old", "new")
			words = strings.Fields(strings.Join(args, " "))
		}
		for i, arg := range words {
			file, content := "", network
			switch {
			case words[i-min(i, 1)] == "-o":
			case strings.HasSuffix(arg, ".log"):
				file, content = arg, []byte(smallLog)
			case strings.HasSuffix(arg, ".csv"):
				file, content = arg, []byte(smallProblem)
			case strings.Contains(arg, ".json") && (slices.Contains([]string{"compare", "merge"}, args[1]) || words[i-min(i, 1)] == "--from"):
				file, content = arg, smallResult(t, chainFile)
			case strings.HasSuffix(arg, ".json"):
				file = arg
			case strings.HasSuffix(arg, "/"):
				file = filepath.Join(arg, "network.json")
				if slices.Contains([]string{"compare", "merge"}, args[1]) {
					content = smallResult(t, chainFile)
				}
			}
			if file == "" {
				continue
			}
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		stdout, stderr, code := tnbench(t, append(args[1:], cheaper(args[1:])...)...)
		if code == exitFailed && strings.Contains(line, "openblas") {
			t.Skipf("OpenBLAS cannot be used here: %s", stderr)
		}
		if code != 0 && !judged(args[1:], code) {
			t.Errorf("%s: exit %d\nstdout: %s\nstderr: %s", line, code, stdout, stderr)
		}
	})
}

// judged reports whether a code is the verdict of a command that gives one, which is
// not for a test to say.
func judged(args []string, code int) bool {
	return args[0] == "duel" && (code == exitRegression || code == exitUndecided)
}

// asBuilds lets names in the current folder stand for builds of this program.
func asBuilds(t *testing.T, names ...string) {
	t.Helper()
	t.Setenv(asProgram, "1")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.Symlink(program, name); err != nil {
			t.Skipf("no links here: %v", err)
		}
	}
}

// smallResults keeps what [smallResult] has measured.
var smallResults sync.Map

// smallResult is a stored result of a network.
func smallResult(t *testing.T, network string) []byte {
	t.Helper()
	if text, ok := smallResults.Load(network); ok {
		return text.([]byte)
	}
	stdout, stderr, code := quickRun(t, network, "--format", "json")
	if code != 0 {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	smallResults.Store(network, []byte(stdout))
	return []byte(stdout)
}

// What documented command lines read besides networks.
const (
	smallLog     = `{"op":"alloc","id":1,"bytes":64}` + "\n" + `{"op":"free","id":1}` + "\n"
	smallProblem = "id,lower,upper,size\na,0,2,3\nb,1,3,4\n"
)

// cheaper returns flags that shorten what a documented command line measures:
// the last of two flags counts.
func cheaper(args []string) []string {
	has := func(flag string) bool { return strings.Contains(" "+strings.Join(args, " ")+" ", " "+flag+" ") }
	switch {
	case args[0] == "duel":
		return []string{"--rounds", "1", "--max-time", "5s"}
	case args[0] == "replay":
		return []string{"--runs", "2", "--warmup", "0"}
	case args[0] == "profile":
		return []string{"--duration", "300ms"}
	case args[0] == "inspect" && has("--mem-limit"): // the tests take more than that themselves
		return []string{"--mem-limit", "8GiB"}
	case args[0] == "run" && has("--mem-limit"):
		return []string{"--runs", "2", "--warmup", "0", "--mem-limit", "8GiB"}
	case args[0] == "run" && has("--alloc"):
		return []string{"--runs", "2", "--warmup", "0"}
	case args[0] == "run":
		return []string{"--runs", "2", "--warmup", "0", "--alloc", "make,slab"}
	case args[0] == "report" && has("--from"):
		return nil
	case args[0] == "report":
		return []string{"--quick", "--runs", "2", "--warmup", "0", "--alloc", "make,slab", "--only", "anatomy"}
	case args[0] == "explain":
		return []string{"--quick", "--only", "anatomy"}
	case has("--bench"):
		return []string{"--alloc", "arena"}
	case args[0] == "generate" && !has("--list"):
		return []string{"--trials", "1", "--refine", "0"}
	}
	return nil
}
