package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tnbench/internal/result"
)

func TestRunSaysHowResultsWereChecked(t *testing.T) {
	for check, want := range map[string]string{"auto": result.CheckVerified, "on": result.CheckVerified, "off": result.CheckBits} {
		stdout, _, code := quickRun(t, chain, "--check", check, "--format", "json")
		for _, r := range document(t, stdout).Results {
			if code != 0 || r.Check != want {
				t.Errorf("--check %s: exit %d, %s is checked %q, want %q", check, code, r.Alloc, r.Check, want)
			}
		}
	}
	if _, stderr, code := quickRun(t, chain, "--check", "maybe"); code != 2 || !strings.Contains(stderr, "auto") {
		t.Errorf("--check maybe: exit %d, %q", code, stderr)
	}
}

// withDigest writes an instance of a scalar product, and beside it a digest for it.
func withDigest(t *testing.T, digest string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "reference"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "dot.json")
	for name, text := range map[string]string{
		file: `{"name":"dot","format_string":"a,a->","shapes":[[3],[3]],"dtype":"float64","num_tensors":2,"paths":{"opt_flops":{"path":[[0,1]]}}}`,
		filepath.Join(dir, "reference", "digests.json"): digest,
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

func TestDigestsBesideAnInstanceAreHonoured(t *testing.T) {
	digests := func(fill string, sum float64) string {
		return fmt.Sprintf(`{"fill":%q,"seed":1,"digests":{"dot":{"opt_flops":{"shape":[],"sum":%g,"l2":%g,"wsum":%g}}}}`, fill, sum, sum, sum)
	}
	for _, c := range []struct {
		digests, stderr string
		code            int
	}{
		{digests("ones", 3), "", 0},
		{digests("ones", 4), "", 1},
		{digests("balanced", 4), "", 0}, // of other inputs
		{"nonsense", "digests.json", 0},
	} {
		stdout, stderr, code := tnbench(t, "run", withDigest(t, c.digests), "--fill", "ones", "--runs", "1", "--alloc", "slab")
		if code != c.code || !strings.Contains(stderr, c.stderr) || strings.Contains(stdout, "differs from the stored one") != (c.code == 1) {
			t.Errorf("%s: exit %d, want %d\n%s%s", c.digests, code, c.code, stdout, stderr)
		}
	}
}

func TestNumbersOutOfRangeAreAWarning(t *testing.T) {
	text := `{"name":"long","format_string":"a,a,a,a,a,a->","shapes":[[1],[1],[1],[1],[1],[1]],"dtype":"float32","num_tensors":6,"paths":{"opt_flops":{"path":[[0,1],[0,1],[0,1],[0,1],[0,1]]}}}`
	file := filepath.Join(t.TempDir(), "long.json")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := tnbench(t, "run", file, "--fill", "zeros", "--runs", "1", "--alloc", "slab")
	if code != 0 || strings.Contains(stderr, "range") || !strings.Contains(stderr, "zeros") {
		t.Errorf("zeros that were asked for: exit %d, %q", code, stderr)
	}
	stdout, stderr, code := tnbench(t, "run", overflowing(t), "--fill", "ones", "--runs", "1", "--alloc", "slab", "--format", "json")
	if code != 0 || !strings.Contains(stderr, "make infinite numbers or NaN: ") || !strings.Contains(stderr, "--fill balanced") {
		t.Errorf("an overflow: exit %d, %q", code, stderr)
	}
	if r := document(t, stdout).Results[0]; r.Unsound == "" || r.Check != result.CheckBits {
		t.Errorf("an overflow: out of range %q, checked %q", r.Unsound, r.Check)
	}
	if _, stderr, code := tnbench(t, "run", overflowing(t), "--runs", "1", "--alloc", "slab"); code != 0 || strings.Contains(stderr, "range") {
		t.Errorf("the balanced fill: exit %d, %q", code, stderr)
	}
}

// overflowing writes a network whose sum of ones exceeds single precision: a
// product of 24 matrices of 64 × 64.
func overflowing(t *testing.T) string {
	t.Helper()
	const matrices = 24
	pairs := []string{"[0,1]"}
	for last := matrices - 2; last > 0; last-- {
		pairs = append(pairs, fmt.Sprintf("[0,%d]", last))
	}
	var terms, shapes []string
	for i := range matrices {
		terms = append(terms, string([]rune{rune('a' + i), rune('a' + i + 1)}))
		shapes = append(shapes, "[64,64]")
	}
	text := fmt.Sprintf(`{"name":"overflowing","format_string":"%s->ay","shapes":[%s],"dtype":"float32","num_tensors":%d,"paths":{"opt_flops":{"path":[%s]}}}`,
		strings.Join(terms, ","), strings.Join(shapes, ","), matrices, strings.Join(pairs, ","))
	file := filepath.Join(t.TempDir(), "overflowing.json")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}
