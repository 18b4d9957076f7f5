package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"
	"golang.org/x/sys/unix"
)

// onTerminal runs a command line in a process of its own whose standard output is a
// terminal of so many columns.
func onTerminal(t *testing.T, columns int, environment []string, args ...string) string {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	defer master.Close()
	fd := int(master.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Skip(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Skip(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 25, Col: uint16(columns)}); err != nil {
		t.Skip(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	p := program(t, args...)
	p.Env = append(slices.DeleteFunc(p.Env, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return name == "NO_COLOR" || name == "TERM" || name == "COLUMNS"
	}), environment...)
	p.Stdout = terminal
	var stderr bytes.Buffer
	p.Stderr = &stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	text, _ := io.ReadAll(master) // ends with an error when the terminal is closed
	if err := p.Wait(); err != nil {
		t.Fatalf("tnbench %s: %v: %s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

func TestTablesAreMadeForTheTerminal(t *testing.T) {
	network, err := os.ReadFile(chain)
	if err != nil {
		t.Fatal(err)
	}
	wide := written(t, "広い名前.json", strings.Replace(string(network), `"name": "chain"`, `"name": "とても広い名前のネットワーク"`, 1))
	run := []string{"run", "-q", wide, "--runs", "9", "--warmup", "1", "--alloc", "make,slab:small=64"}
	for _, width := range []int{60, 80, 100, 160} {
		for _, args := range [][]string{run, {"instances", wide}, {"inspect", wide}, {"plan", wide}, {"histogram", wide}, {"allocators"}, {"explain", "-q", "--quick", "--only", "anatomy", wide}} {
			text := onTerminal(t, width, []string{"TERM=xterm", "NO_COLOR=1"}, args...)
			for line := range strings.Lines(text) {
				if w := displaywidth.String(strings.TrimSuffix(line, "\n")); w > width {
					t.Errorf("tnbench %s: %d columns on a terminal of %d: %s", args[0], w, width, line)
				}
			}
			if strings.Contains(text, "\x1b") {
				t.Errorf("tnbench %s: colours though NO_COLOR is set: %q", args[0], text)
			}
		}
	}
	narrow := onTerminal(t, 160, []string{"TERM=xterm", "COLUMNS=60"}, run...)
	if !strings.Contains(narrow, "Left out") {
		t.Errorf("COLUMNS is not heeded:\n%s", narrow)
	}
	for _, c := range []struct {
		environment []string
		want        bool
	}{{[]string{"TERM=xterm"}, true}, {[]string{"TERM=xterm", "NO_COLOR="}, true}, {[]string{"TERM=xterm", "NO_COLOR=1"}, false}, {[]string{"TERM=dumb"}, false}} {
		// The fastest is marked, or all that can't be told from it.
		if got := strings.Contains(onTerminal(t, 100, c.environment, run...), "\x1b[1;32m"); got != c.want {
			t.Errorf("%v: colours %v, want %v", c.environment, got, c.want)
		}
	}
	if stdout, _, _ := tnbench(t, run...); strings.Contains(stdout, "\x1b") {
		t.Errorf("colours without a terminal: %q", stdout)
	}
}
