//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tnbench/internal/result"
)

var kills = flag.Int("kills", 1, "how often each program that writes a file is ended from outside, at random moments")

// program returns a command line that runs in a process of its own.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Env = append(os.Environ(), asProgram+"=1")
	return c
}

// ended starts c, sends it a signal after a while, and returns how it ended and
// how long that took.
func ended(t *testing.T, c *exec.Cmd, after time.Duration, s syscall.Signal) (code int, took time.Duration) {
	t.Helper()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	begin := time.Now()
	c.Process.Signal(s) // it may have ended
	c.Wait()
	return c.ProcessState.ExitCode(), time.Since(begin)
}

// TestTheFirstSignalEndsWhateverGoesOn sends signals to programs that would go on
// for minutes or for ever.
func TestTheFirstSignalEndsWhateverGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	pipe := filepath.Join(t.TempDir(), "pipe.json")
	out := filepath.Join(t.TempDir(), "out")
	if err := errors.Join(unix.Mkfifo(pipe, 0o600), unix.Mkfifo(out, 0o600)); err != nil {
		t.Skip(err)
	}
	// One step of minutes: it cannot be interrupted, only left behind.
	step := written(t, "step.json", `{"name":"step","format_string":"ab,bc->ac","shapes":[[10000,6000],[6000,10000]],"dtype":"complex128",
		"num_tensors":2,"paths":{"opt_flops":{"path":[[0,1]]}}}`)
	// A network whose compilation takes seconds.
	tensors := 300000
	long := written(t, "long.json", fmt.Sprintf(`{"name":"long","format_string":"%s->","shapes":[%s],"dtype":"float64","num_tensors":%d,"paths":{"opt_flops":{"path":[%s]}}}`,
		strings.TrimSuffix(strings.Repeat("a,", tensors), ","), strings.TrimSuffix(strings.Repeat("[2],", tensors), ","), tensors,
		strings.TrimSuffix(strings.Repeat("[0,1],", tensors-1), ",")))
	buffers := strings.Builder{}
	buffers.WriteString("id,lower,upper,size\n")
	for i := range 3000 {
		fmt.Fprintf(&buffers, "%d,%d,%d,%d\n", i, i*7919%5000, i*7919%5000+1+i*104729%3000, 1+i*7907%100000)
	}
	problem := written(t, "problem.csv", buffers.String())

	for i, c := range []struct {
		line  string
		after time.Duration
	}{
		{"run " + pipe, 500 * time.Millisecond},
		{"inspect " + pipe, 500 * time.Millisecond},
		{"run cubic_light_415 -o " + out, 500 * time.Millisecond}, // nobody reads it
		{"run cubic_light_415", 20 * time.Millisecond},            // the peaks are measured
		{"run cubic_light_415 --runs 100000", 2 * time.Second},
		{"run " + step + " --alloc make --mem-limit 100GiB", 4 * time.Second},
		{"run " + step + " --alloc make --threads 2 --mem-limit 100GiB", 4 * time.Second},
		{"trace " + step + " --mem-limit 100GiB -q", 4 * time.Second},
		{"inspect " + long, 200 * time.Millisecond},
		{"inspect " + long, time.Second},
		{"run " + long, 1500 * time.Millisecond},
		{"pack " + problem + " --budget 10m", time.Second},
		{"env", 300 * time.Millisecond},
		{"allocators --bench", time.Second},
		{"generate grid rows=40 columns=40 --trials 1000000", time.Second},
		{"replay -", 500 * time.Millisecond},
		{"run cubic_light_415 --streams 2 --runs 10000", 2 * time.Second},
	} {
		p := program(t, strings.Fields(c.line)...)
		var stderr bytes.Buffer
		p.Stderr = &stderr
		in, err := p.StdinPipe() // nobody writes it
		if err != nil {
			t.Fatal(err)
		}
		s := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}[i%3]
		if signal.Ignored(s) { // as under nohup, which programs inherit
			s = syscall.SIGTERM
		}
		code, took := ended(t, p, c.after, s)
		in.Close()
		t.Logf("%v after %v: %s", took.Round(time.Millisecond), c.after, c.line)
		if code == 0 && strings.HasPrefix(c.line, "inspect") {
			continue // a fast machine had done with it
		}
		if want := 128 + int(s); code != want || !strings.Contains(stderr.String(), "interrupted") {
			t.Errorf("tnbench %s: %v ended it with %d, stderr %q; want %d", c.line, s, code, stderr.String(), want)
		}
		if took > 20*time.Second { // it is a second where nobody else computes
			t.Errorf("tnbench %s: %v ended it after %v", c.line, s, took)
		}
	}
}

// TestASignalEndsAProgramThatNobodyReads fills a pipe and reads nothing.
func TestASignalEndsAProgramThatNobodyReads(t *testing.T) {
	p := program(t, "inspect", "--format", "csv", "--top", "100000")
	reader, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	said, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	var stderr []byte
	done := make(chan int)
	go func() {
		stderr, _ = io.ReadAll(said)
		p.Process.Wait()
		close(done)
	}()
	time.Sleep(2 * time.Second)
	select {
	case <-done:
		t.Skip("all of it fits into the pipe")
	default:
	}
	p.Process.Signal(syscall.SIGTERM)
	select {
	case <-done:
		if !strings.Contains(string(stderr), "interrupted; the output is not complete") {
			t.Errorf("stderr %q, want what ended it", stderr)
		}
	case <-time.After(20 * time.Second):
		p.Process.Kill()
		t.Error("it still goes on")
	}
}

func TestHangupsOfNohupAreIgnored(t *testing.T) {
	nohup, err := exec.LookPath("nohup")
	if err != nil {
		t.Skip(err)
	}
	p := program(t, "run", chain, "-q", "--runs", "2", "--warmup", "0", "--alloc", "make", "--format", "json")
	p.Args = append([]string{nohup, p.Path}, p.Args[1:]...)
	p.Path = nohup
	var stdout bytes.Buffer
	p.Stdout = &stdout
	code, _ := ended(t, p, 50*time.Millisecond, syscall.SIGHUP)
	if code != 0 && code != -1 { // -1: it came before nohup did its work
		t.Errorf("exit %d, %s", code, stdout.String())
	}
}

// TestAClosedPipeIsQuiet has a reader that goes at once, with SIGPIPE as usual and
// ignored.
func TestAClosedPipeIsQuiet(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	for _, before := range []string{"", "trap '' PIPE;"} {
		p := program(t)
		p.Args = []string{shell, "-c", before + `{ "$0" instances; echo $? >&2; } | exec true`, p.Path}
		p.Path = shell
		var stderr bytes.Buffer
		p.Stderr = &stderr
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		if got := stderr.String(); got != "141\n" && got != "0\n" { // 0: it was faster than the reader
			t.Errorf("%q: exit code and messages %q; want 141 alone", before, got)
		}
	}
}

// TestAFileIsWrittenThoughNobodyReads: the program ends with its first write to a pipe
// that is closed.
func TestAFileIsWrittenThoughNobodyReads(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	file := filepath.Join(t.TempDir(), "r.json")
	p := program(t)
	p.Args = []string{shell, "-c", `{ "$0" run -q "$1" --runs 2 --warmup 0 --alloc make,slab -o - -o "$2"; echo $? >&2; } | exec true`, p.Path, chain, file}
	p.Path = shell
	if out, err := p.CombinedOutput(); err != nil || string(out) != "141\n" {
		t.Errorf("%v, %q", err, out)
	}
	text, err := os.ReadFile(file)
	if d := document(t, string(text)); err != nil || d.Interrupted || len(d.Results) != 2 {
		t.Errorf("%v, interrupted %v, %d results", err, d.Interrupted, len(d.Results))
	}
}

// TestAFileIsTheOldOneOrAWholeNewOne ends programs that write a file, at random
// moments and in every way there is.
func TestAFileIsTheOldOneOrAWholeNewOne(t *testing.T) {
	network, err := os.ReadFile(chain)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for i := range 20 {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.json", i)), network, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range []string{
		"run " + folder + " -q --runs 5 --warmup 0 --alloc make,slab --format json",
		"instances --format json",
	} {
		args := append(strings.Fields(line), "-o")
		var whole time.Duration
		for range 3 { // the first one measures the machine
			begin := time.Now()
			p := program(t, append(args, written(t, "first", ""))...)
			if out, err := p.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			whole = time.Since(begin)
		}
		outcomes := map[string]int{}
		for range *kills {
			for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL} {
				for _, old := range []string{"", `{"old":true}`} {
					file := filepath.Join(t.TempDir(), "result.json")
					if old != "" {
						if err := os.WriteFile(file, []byte(old), 0o600); err != nil {
							t.Fatal(err)
						}
					}
					p := program(t, append(args, file)...)
					ended(t, p, whole/4+time.Duration(rand.Int64N(int64(whole))), s)
					outcome := state(file, old)
					if s == syscall.SIGKILL && strings.HasSuffix(outcome, besideIt) {
						// Between the two calls that name a content and put it in its place: the
						// next write removes it.
						if out, err := program(t, append(args, file)...).CombinedOutput(); err != nil {
							t.Fatalf("%v: %s", err, out)
						}
						outcome = state(file, "")
					}
					outcomes[outcome]++
					if strings.HasPrefix(outcome, "bad") {
						t.Errorf("tnbench %s, %v: %s", line, s, outcome)
					}
				}
			}
		}
		t.Logf("%s: %v", line, outcomes)
	}
}

const besideIt = " lies beside it"

// state says what has become of a file that held old, or did not exist if that is
// empty, and was to hold a document.
func state(file, old string) string {
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil {
		return "bad: " + err.Error()
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(file) {
			return "bad: " + e.Name() + besideIt
		}
	}
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, os.ErrNotExist) && old == "", err == nil && old != "" && string(text) == old:
		return "old"
	case err != nil:
		return "bad: " + err.Error()
	}
	var d result.Document
	if err := json.Unmarshal(text, &d); err != nil || d.Schema == "" {
		return fmt.Sprintf("bad: it holds %.100q: %v", text, err)
	}
	for _, r := range d.Results {
		if len(r.Samples) != d.Settings.Runs && !slices.Contains(d.Pending, r.Label()) {
			return fmt.Sprintf("bad: %s has %d samples and is not pending", r.Label(), len(r.Samples))
		}
	}
	if d.Interrupted {
		return "interrupted"
	}
	return "new"
}
