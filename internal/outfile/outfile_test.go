package outfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// put writes text to a file the way every command does.
func put(name, text string) error {
	var set Set
	f, err := set.Create(name)
	if err != nil {
		return err
	}
	return f.Fill(func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
}

// holds checks that a file has a content and its folder nothing but names.
func holds(t *testing.T, file, want string, names ...string) {
	t.Helper()
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", file, got, err, want)
	}
	if names == nil {
		names = []string{filepath.Base(file)}
	}
	var have []string
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		have = append(have, e.Name())
	}
	if !slices.Equal(have, names) {
		t.Errorf("the folder holds %q, want %q", have, names)
	}
}

func TestAFileIsMadeAndReplaced(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	for _, text := range []string{"first", "a longer second", "3rd", ""} {
		if err := put(file, text); err != nil {
			t.Fatal(err)
		}
		holds(t, file, text)
	}
	long := filepath.Join(t.TempDir(), strings.Repeat("n", 200))
	if err := put(long, "x"); err != nil {
		t.Fatal(err)
	}
	holds(t, long, "x")
}

func TestARelativeNameStaysWhereItWasGiven(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	var set Set
	f, err := set.Create("f")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if _, err := f.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	holds(t, filepath.Join(dir, "f"), "x")
}

func TestNothingIsSeenBeforeTheCommit(t *testing.T) {
	dir := t.TempDir()
	old, fresh := filepath.Join(dir, "old"), filepath.Join(dir, "fresh")
	if err := put(old, "good"); err != nil {
		t.Fatal(err)
	}
	var set Set
	for _, name := range []string{old, fresh} {
		f, err := set.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(bytes.Repeat([]byte("new"), 1<<16)); err != nil {
			t.Fatal(err)
		}
		holds(t, old, "good")
		f.Discard()
	}
	holds(t, old, "good")
	failure := errors.New("no content")
	f, err := new(Set).Create(old)
	if err != nil {
		t.Fatal(err)
	}
	err = f.Fill(func(w io.Writer) error { io.WriteString(w, "half"); return failure })
	if err != failure || f.Err() != nil {
		t.Errorf("got %v, and %v of the file; want %v and nil", err, f.Err(), failure)
	}
	holds(t, old, "good")
}

func TestWhatCannotBeWrittenIsKnownBefore(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		dir:                                 "it is a folder; name a file",
		filepath.Join(dir, "new") + "/":     "it is a folder; name a file",
		filepath.Join(dir, "none", "f"):     "there is no folder",
		filepath.Join(file, "f"):            "not a directory",
		filepath.Join(dir, "none", "n", ""): "there is no folder",
	} {
		_, err := new(Set).Create(name)
		var wrong *Error
		if !errors.As(err, &wrong) || wrong.Name != name || !strings.Contains(err.Error(), want) {
			t.Errorf("Create(%q): %v, want one of it with %q", name, err, want)
		}
	}
	holds(t, file, "")
}

func TestOutputsAndInputsAreDifferentFiles(t *testing.T) {
	dir := t.TempDir()
	input, output := filepath.Join(dir, "input"), filepath.Join(dir, "output")
	if err := os.WriteFile(input, []byte("in"), 0o644); err != nil {
		t.Fatal(err)
	}
	var set Set
	set.Reads(input)
	set.Reads(filepath.Join(dir, "none"))
	if _, err := set.Create(filepath.Join(dir, ".", "input")); err == nil || !strings.Contains(err.Error(), "it is read as input "+input) {
		t.Errorf("an input: %v", err)
	}
	for range 2 { // once as a new file, once as one that exists
		set := Set{}
		if _, err := set.Create(output); err != nil {
			t.Fatal(err)
		}
		if _, err := set.Create(dir + "/../" + filepath.Base(dir) + "/output"); err == nil || !strings.Contains(err.Error(), output+" is written to it") {
			t.Errorf("written twice: %v", err)
		}
		if err := put(output, "out"); err != nil {
			t.Fatal(err)
		}
	}
	holds(t, input, "in", "input", "output")
}

func TestAnInputThatIsOpenIsNotWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(file, []byte("in"), 0o644); err != nil {
		t.Fatal(err)
	}
	open, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	var set Set
	set.ReadsOpen(open)
	if _, err := set.Create(file); err == nil || !strings.Contains(err.Error(), "it is read as input "+file) {
		t.Errorf("an open input: %v", err)
	}
}

func TestLeftoversOfTheDeadAreRemoved(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	const nobody = 1 << 30 // no system has so many processes
	if alive(nobody) || !alive(os.Getpid()) && runtime.GOOS != "windows" {
		t.Errorf("process %d lives: %v, this one: %v", nobody, alive(nobody), alive(os.Getpid()))
	}
	for _, pid := range []int{nobody, os.Getpid()} { // a number may be used again
		left := filepath.Join(filepath.Dir(file), prefix(file)+strconv.Itoa(pid))
		for _, text := range []string{"made", "replaced"} {
			if err := os.WriteFile(left, []byte("left"), 0o600); err != nil {
				t.Fatal(err)
			}
			if text == "made" {
				os.Remove(file)
			}
			if err := put(file, text); err != nil {
				t.Fatal(err)
			}
			if text == "made" && pid != nobody {
				os.Remove(left) // it was not in the way
			}
			holds(t, file, text)
		}
	}
}

// TestWithoutNamelessFiles goes the way of systems that have none.
func TestWithoutNamelessFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	for _, text := range []string{"first", "second"} {
		f, err := new(Set).Create(file)
		if err != nil {
			t.Fatal(err)
		}
		f.spool, f.buffer = nil, nil
		if err := probe(f.target, f.old); err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, text)
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		holds(t, file, text)
	}
}

func TestErrorsNameTheFileOnce(t *testing.T) {
	err := &Error{"f", &fs.PathError{Op: "open", Path: "/somewhere/f", Err: errors.New("no")}}
	if got := err.Error(); got != "cannot write f: no" {
		t.Errorf("got %q", got)
	}
}
