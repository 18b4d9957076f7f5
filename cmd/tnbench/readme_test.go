package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tnbench/internal/duel"
)

// readme returns the README and its code blocks: what they hold by what they are
// marked with.
func readme(t *testing.T) (text string, blocks map[string][]string) {
	t.Helper()
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks = map[string][]string{}
	for i, block := range strings.Split(string(data), "```") {
		if i%2 == 1 {
			kind, code, _ := strings.Cut(block, "\n")
			blocks[kind] = append(blocks[kind], code)
		}
	}
	return string(data), blocks
}

// TestReadmeCommandsRunInAFreshFolder runs the command lines of the README one after
// the other in an empty folder: what they read, lines before them must have made.
// Only what is measured is cut short.
func TestReadmeCommandsRunInAFreshFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("measures for some seconds")
	}
	_, blocks := readme(t)
	t.Chdir(t.TempDir())
	ran := 0
	for line := range strings.Lines(strings.Join(blocks["sh"], "\n")) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
		line = strings.Replace(line, "go run ./cmd/tnbench", "tnbench", 1)
		args, err := duel.Words(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		switch {
		case len(args) == 0, args[0] == "go" && args[1] == "test": // this is one of them
		case args[0] == "mkdir":
			if err := os.Mkdir(args[1], 0o755); err != nil {
				t.Fatal(err)
			}
		case args[0] == "printf": // a problem, for the commands that follow
			if out, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", line, err, out)
			}
		case args[0] == "tnbench":
			ran++
			args = slices.Concat(args[1:], cheaper(args[1:]))
			if slices.Contains(args, "--cold") {
				startable(t)
			}
			if args[0] == "duel" {
				asBuilds(t)
			}
			if stdout, stderr, code := tnbench(t, args...); code != 0 && !judged(args, code) {
				t.Errorf("%s: exit %d\nstdout: %s\nstderr: %s", line, code, stdout, stderr)
			} else if at := slices.Index(args, "-o"); at < 0 && stdout == "" {
				t.Errorf("%s: nothing on standard output", line)
			} else if at > 0 {
				if info, err := os.Stat(args[at+1]); err != nil || info.Size() == 0 {
					t.Errorf("%s: %v, want the file %s", line, err, args[at+1])
				}
			}
		default:
			t.Errorf("%q is no command that this test can run", line)
		}
	}
	if ran < 15 {
		t.Errorf("%d command lines were run: the README's blocks are not read as they are written", ran)
	}
}

func TestTheReadmesNetworkIsAWholeOne(t *testing.T) {
	_, blocks := readme(t)
	if len(blocks["json"]) != 1 {
		t.Fatalf("%d networks in the README, want one", len(blocks["json"]))
	}
	file := written(t, "product.json", blocks["json"][0])
	if _, stderr, code := tnbench(t, slices.Concat([]string{"run", file, "-q"}, quick)...); code != 0 {
		t.Errorf("run: exit %d, stderr %q", code, stderr)
	}
	if _, stderr, code := tnbench(t, "inspect", file); code != 0 || stderr != "" {
		t.Errorf("inspect: exit %d, stderr %q, want no warning", code, stderr)
	}
}

// TestTheReadmeNamesOnlyWhatThereIs follows every path, command and flag that the
// README names in its sentences.
func TestTheReadmeNamesOnlyWhatThereIs(t *testing.T) {
	text, _ := readme(t)
	prose := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(text, "")
	paths := regexp.MustCompile(`^(\./)?(\.ci|internal|cmd|scripts|docs|instances)(/[\w./-]*)?$`)
	words := regexp.MustCompile("[^\\s`(),;|*]+")
	for _, document := range []string{"README.md", "CONTRIBUTING.md", "docs/DESIGN.md"} {
		written, err := os.ReadFile(filepath.Join("../..", document))
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, name := range words.FindAllString(string(written), -1) {
			name = strings.TrimRight(name, ".:")
			if !paths.MatchString(name) {
				continue
			}
			found++
			if _, err := os.Stat(filepath.Join("../..", name)); err != nil {
				t.Errorf("%s names %s: %v", document, name, err)
			}
		}
		if found == 0 {
			t.Errorf("no path was found in %s", document)
		}
	}
	usage := ""
	for _, c := range append(newRoot().Commands(), newRoot()) {
		stdout, _, _ := tnbench(t, c.Name(), "--help")
		usage += stdout
	}
	for _, flag := range regexp.MustCompile(`--[a-z][a-z-]+`).FindAllString(prose, -1) {
		if !strings.Contains(usage, flag) {
			t.Errorf("the README names the flag %s, which no command has", flag)
		}
	}
	for _, c := range newRoot().Commands() {
		switch c.Name() {
		case "version", "completion", "help", "man", "generate", "trace":
			continue // print no table, or with --list only
		}
		if !strings.Contains(text, "tnbench "+c.Name()+" ") && !strings.Contains(text, "tnbench "+c.Name()+"\n") {
			t.Errorf("the README has no example of tnbench %s", c.Name())
		}
		if f := c.Flags().Lookup("format"); c.Name() == "report" && f.DefValue == "markdown" {
			continue // writes pages
		} else if f == nil || !strings.Contains(f.Usage, "table, markdown, csv, json") {
			t.Errorf("tnbench %s: --format does not take what the README says", c.Name())
		}
	}
}
