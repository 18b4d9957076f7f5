package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// written writes a file into a folder of the test and returns its name.
func written(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// readers are the commands that read files, and what their names end in.
var readers = []struct{ command, extension string }{
	{"run", ".json"}, {"inspect", ".json"}, {"histogram", ".json"}, {"plan", ".json"}, {"trace", ".json"}, {"instances", ".json"}, {"explain", ".json"}, {"report", ".json"},
	{"replay", ".log"}, {"pack", ".csv"},
}

func TestEveryCommandRefusesWhatIsNoText(t *testing.T) {
	for _, r := range readers {
		for what, c := range map[string]struct{ text, want string }{
			"zeros":       {strings.Repeat("\x00", 100), "byte 0 is zero"},
			"white space": {strings.Repeat(" ", 3<<20), "; "},
			"UTF-16":      {"\xff\xfe{\x00}\x00", "save it as UTF-8"},
			"gzip":        {"\x1f\x8b\x08\x00\x00", "unpack it first"},
		} {
			file := written(t, what+r.extension, c.text)
			_, stderr, code := tnbench(t, r.command, file)
			if code != exitFailed || !strings.Contains(stderr, file+": ") || !strings.Contains(stderr, c.want) {
				t.Errorf("%s of %s: exit %d, stderr %q; want exit %d, the file and %q", r.command, what, code, stderr, exitFailed, c.want)
			}
		}
	}
}

func TestAByteOrderMarkIsReadOver(t *testing.T) {
	network, err := os.ReadFile(chain)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readers {
		text := map[string]string{
			".json": string(network), ".log": `{"op":"alloc","id":1,"bytes":8}`, ".csv": "id,lower,upper,size\na,0,1,8\n",
		}[r.extension]
		args := []string{r.command, written(t, "marked"+r.extension, "\ufeff"+text), "-q"}
		if r.command == "run" || r.command == "replay" {
			args = slices.Concat(args, quick)
		}
		if r.command == "explain" || r.command == "report" {
			args = slices.Concat(args, cheaper(args))
		}
		if stdout, stderr, code := tnbench(t, args...); code != 0 || stdout == "" {
			t.Errorf("%s of %s: exit %d, stderr %q", r.command, r.extension, code, stderr)
		}
	}
}

func TestWhatIsMissingStopsNothingElse(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone")
	good := map[string]string{
		".json": chain, ".log": written(t, "good.log", `{"op":"alloc","id":1,"bytes":8}`), ".csv": written(t, "good.csv", "id,lower,upper,size\na,0,1,8\n"),
	}
	for _, r := range readers {
		if r.command == "trace" {
			continue // takes one instance
		}
		missing := gone + r.extension
		flags := []string{"-q"}
		if r.command == "run" || r.command == "replay" {
			flags = slices.Concat(flags, quick)
		}
		if r.command == "explain" || r.command == "report" {
			flags = slices.Concat(flags, cheaper([]string{r.command}))
		}
		stdout, stderr, code := tnbench(t, slices.Concat([]string{r.command, missing, good[r.extension]}, flags)...)
		if code != exitFailed || stdout == "" || strings.Count(stderr, missing) != 1 {
			t.Errorf("%s with a missing %s beside a good one: exit %d, stderr %q; want exit %d, the good one's results and the missing one's name",
				r.command, r.extension, code, stderr, exitFailed)
		}
		stdout, stderr, code = tnbench(t, slices.Concat([]string{r.command, missing}, flags)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, missing) {
			t.Errorf("%s of a missing %s alone: exit %d, stdout %q, stderr %q; want exit %d", r.command, r.extension, code, stdout, stderr, exitUsage)
		}
	}
}

func TestNamesMayStartWithADash(t *testing.T) {
	network, err := os.ReadFile(chain)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, r := range readers {
		text := map[string]string{
			".json": string(network), ".log": `{"op":"alloc","id":1,"bytes":8}`, ".csv": "id,lower,upper,size\na,0,1,8\n",
		}[r.extension]
		if err := os.WriteFile("-dash"+r.extension, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		args := []string{r.command, "-q"}
		if r.command == "run" || r.command == "replay" {
			args = slices.Concat(args, quick)
		}
		if r.command == "explain" || r.command == "report" {
			args = slices.Concat(args, cheaper(args))
		}
		if stdout, stderr, code := tnbench(t, append(args, "--", "-dash"+r.extension)...); code != 0 || stdout == "" {
			t.Errorf("%s -- -dash%s: exit %d, stderr %q", r.command, r.extension, code, stderr)
		}
	}
}

// silent is a standard input on which nothing ever comes.
type silent chan struct{}

func (s silent) Read([]byte) (int, error) { <-s; return 0, io.EOF }

func TestAnInterruptEndsTheWaitForStandardInput(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	var stdout, stderr bytes.Buffer
	if code := run(ctx, make(silent), &stdout, &stderr, []string{"replay", "-", "-q"}); code == 0 || stdout.Len() > 0 {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout.String(), stderr.String())
	}
}

func TestDevicesAreRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no device of zeros")
	}
	for _, command := range []string{"run", "inspect", "histogram", "plan", "trace", "instances", "replay", "explain", "report"} {
		if _, stderr, code := tnbench(t, command, "/dev/zero"); code != exitFailed || !strings.Contains(stderr, "/dev/zero: ") {
			t.Errorf("%s /dev/zero: exit %d, stderr %q", command, code, stderr)
		}
	}
}

// TestStandardInputIsNotWritten has the log of standard input as the output, too.
func TestStandardInputIsNotWritten(t *testing.T) {
	log := written(t, "small.log", smallLog)
	stdin, err := os.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), stdin, &stdout, &stderr, slices.Concat([]string{"replay", "-", "-o", log, "-q"}, quick))
	if text, err := os.ReadFile(log); code != exitFailed || err != nil || string(text) != smallLog || !strings.Contains(stderr.String(), "is read as input") {
		t.Errorf("exit %d, stderr %q, the log is %q now", code, stderr.String(), text)
	}
}
