package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// repeated is an endless source of one text that counts what is read of it.
type repeated struct {
	text string
	read int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], r.text)
	}
	r.read += n
	return n, nil
}

func TestEndlessSourcesAreRefusedEarly(t *testing.T) {
	for _, c := range []struct {
		text string
		most int // bytes read at most
		want string
	}{
		{"\x00", 1 << 20, "byte 0 is zero"},
		{"abc\x00", 1 << 20, "byte 3 is zero"},
		{" ", 2 << 20, "more than 1 MiB of white space"},
		{"\n\t \r", 2 << 20, "more than 1 MiB of white space"},
		{"x\n", 6 << 20, "longer than the 4 MiB that are read of one file, as the test says; name the right file"},
	} {
		r := &repeated{text: c.text}
		limit := Limit{Bytes: 4 << 20, Reason: "as the test says"}
		_, err := ReadFrom(t.Context(), r, limit, func(r io.Reader) (int64, error) { return io.Copy(io.Discard, r) })
		if err == nil || !strings.Contains(err.Error(), c.want) || r.read > c.most {
			t.Errorf("%q: error %v after %d bytes, want %q after %d at most", c.text, err, r.read, c.want, c.most)
		}
	}
}

func TestTextComesThroughAsItIs(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":                   {"", ""},
		"short":                   {"{}", "{}"},
		"a byte-order mark":       {"\ufeff{}\n", "{}\n"},
		"two of them":             {"\ufeff\ufeff", "\ufeff"},
		"a mark alone":            {"\ufeff", ""},
		"a mark in the middle":    {"a\ufeff", "a\ufeff"},
		"half a mark":             {"\xef\xbb", "\xef\xbb"},
		"other control bytes":     {"a\x01\x1f", "a\x01\x1f"},
		"white space, not a lot":  {strings.Repeat(" ", mostBlank) + "x", strings.Repeat(" ", mostBlank) + "x"},
		"white space in portions": {strings.Repeat(strings.Repeat(" ", mostBlank-9)+"x", 3), strings.Repeat(strings.Repeat(" ", mostBlank-9)+"x", 3)},
	} {
		for how, wrap := range map[string]func(io.Reader) io.Reader{
			"at once": func(r io.Reader) io.Reader { return r }, "in halves": iotest.HalfReader, "with its end": iotest.DataErrReader,
		} {
			got, err := ReadFrom(t.Context(), wrap(strings.NewReader(c.text)), Limit{}, io.ReadAll)
			if err != nil || string(got) != c.want {
				t.Errorf("%s, %s: read %.20q (%d bytes), %v, want %.20q (%d bytes)", name, how, got, len(got), err, c.want, len(c.want))
			}
		}
	}
}

func TestOtherFormatsAreNamed(t *testing.T) {
	for start, want := range map[string]string{
		"\xff\xfe{\x00}\x00":         "it is UTF-16",
		"\xfe\xff\x00{":              "it is UTF-16",
		"\xff\xfe\x00\x00{\x00\x00":  "it is UTF-32",
		"\x00\x00\xfe\xff\x00\x00":   "it is UTF-32",
		"\x1f\x8b\x08\x00":           "gzip -d",
		"\x28\xb5\x2f\xfd":           "zstd -d",
		"\xfd7zXZ\x00":               "xz -d",
		"BZh91AY&SY":                 "bzip2 -d",
		"PK\x03\x04\x14\x00\x00\x00": "unzip",
		"{\x00\"\x00":                "byte 1 is zero, so this is no text in UTF-8",
	} {
		if _, err := ReadFrom(t.Context(), strings.NewReader(start), Limit{}, io.ReadAll); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", start, err, want)
		}
	}
}

func TestFilesAreRefusedBeforeTheyAreRead(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.json")
	f, err := os.Create(large)
	if err == nil {
		err = errors.Join(f.Truncate(DefaultLimit+1), f.Close()) // a hole: takes no room
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		dir:                        "is a directory; name a file",
		large:                      "larger than the 512 MiB that are read of one file; name the right file, or a smaller one",
		filepath.Join(dir, "gone"): "no such file",
	} {
		_, err := Read(t.Context(), name, Limit{}, func(io.Reader) (int, error) {
			t.Errorf("%s is read", name)
			return 0, nil
		})
		if err == nil || !strings.Contains(err.Error(), want) && !errors.Is(err, os.ErrNotExist) || strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v, want %q without the name", name, err, want)
		}
	}
}

func TestAFailureOfTheSourceIsPassedOn(t *testing.T) {
	cause := errors.New("the line was cut")
	got, err := ReadFrom(t.Context(), io.MultiReader(strings.NewReader("begun"), iotest.ErrReader(cause)), Limit{}, io.ReadAll)
	if !errors.Is(err, cause) || string(got) != "begun" {
		t.Errorf("read %q, %v, want the beginning and the cause", got, err)
	}
}

// silent is a source that yields nothing until it is closed.
type silent chan struct{}

func (s silent) Read([]byte) (int, error) { <-s; return 0, io.EOF }

func TestTheContextEndsAWait(t *testing.T) {
	for name, r := range map[string]io.Reader{"from the start": make(silent), "half-way": io.MultiReader(strings.NewReader("x"), make(silent))} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, cancel)
		if _, err := ReadFrom(ctx, r, Limit{}, io.ReadAll); !errors.Is(err, context.Canceled) {
			t.Errorf("silent %s: error %v, want that of the context", name, err)
		}
	}
}

func TestTheContextEndsReading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := newReader(ctx, bytes.NewReader(make([]byte, 10)), Limit{})
	cancel()
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

func FuzzReader(f *testing.F) {
	for _, text := range []string{"", "\ufeff{}", "\xff\xfe", "a\x00", " \n", "PK\x03\x04"} {
		f.Add([]byte(text), 8)
	}
	f.Fuzz(func(t *testing.T, text []byte, limit int) {
		got, err := io.ReadAll(newReader(t.Context(), bytes.NewReader(text), Limit{Bytes: int64(limit)}))
		want := bytes.TrimPrefix(text, []byte("\ufeff"))
		if !bytes.HasPrefix(want, got) || err == nil && len(got) != len(want) {
			t.Errorf("read %q, %v of %q", got, err, text)
		}
		if limit > 0 && len(got) > limit {
			t.Errorf("read %d bytes, the limit is %d", len(got), limit)
		}
	})
}
