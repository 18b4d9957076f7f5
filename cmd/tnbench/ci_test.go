package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheExampleOfAServiceInCIRuns runs docs/ci.md as a reader would: its program is
// written to a file, and its command lines are given to a shell.
func TestTheExampleOfAServiceInCIRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go tool")
	}
	text, err := os.ReadFile("../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string][]string{}
	for _, m := range regexp.MustCompile("(?s)```(go|sh|text)\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		blocks[m[1]] = append(blocks[m[1]], m[2])
	}
	if len(blocks["go"]) != 1 || len(blocks["sh"]) < 3 {
		t.Fatalf("docs/ci.md has %d programs and %d blocks of command lines, want 1 and at least 3", len(blocks["go"]), len(blocks["sh"]))
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell here")
	}
	folder, programs := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "service.go"), []byte(blocks["go"][0]), 0o644); err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(programs)
	asBuilds(t, "tnbench")
	t.Chdir(here)
	said := ""
	for _, block := range blocks["sh"] {
		c := exec.Command(shell, "-ec", block)
		c.Dir = folder
		c.Env = append(os.Environ(), "PATH="+programs+string(os.PathListSeparator)+os.Getenv("PATH"), "GO111MODULE=off")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v:\n%s\n%s", err, block, out)
		}
		said += string(out)
	}
	for _, line := range blocks["text"] {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "regression") && !strings.Contains(said, line) {
			t.Errorf("docs/ci.md promises %q, and the commands say:\n%s", line, said)
		}
	}
}

// TestTheRegressionScriptSaysWhatIsMissing in a clone that lacks the base, before it
// builds anything.
func TestTheRegressionScriptSaysWhatIsMissing(t *testing.T) {
	for _, tool := range []string{"bash", "git"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("no " + tool)
		}
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	clone := filepath.Join(t.TempDir(), "clone")
	if out, err := exec.Command("git", "clone", "--quiet", "--depth=1", "file://"+root, clone).CombinedOutput(); err != nil {
		t.Skipf("this is no git checkout: %v: %s", err, out)
	}
	script, err := os.ReadFile("../../scripts/regression.sh")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(clone, "scripts", "regression.sh")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, script, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"HEAD~1"}, "git fetch --unshallow"},
		{[]string{"none"}, "there is no commit none"},
		{[]string{"HEAD", "more"}, "Usage: scripts/regression.sh"},
	} {
		out, err := exec.Command("bash", append([]string{name}, c.args...)...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitUsage || !strings.Contains(string(out), c.says) {
			t.Errorf("%q: %v, %s; want exit 2 and %q", c.args, err, out, c.says)
		}
	}
}
