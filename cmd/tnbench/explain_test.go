package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tnbench/internal/explain"
)

// explanations reads a stream of documents.
func explanations(t *testing.T, text string) (all []explain.Document) {
	t.Helper()
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		var one explain.Document
		if err := d.Decode(&one); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		all = append(all, one)
	}
}

func TestExplainKnowsItsParts(t *testing.T) {
	for _, c := range []struct {
		only, says string
	}{
		{"anatomi", `did you mean "anatomy"?`},
		{"claims,advise", `did you mean "advice"?`},
		{"", "unknown part"},
		{"all", "there are anatomy, attribution, ablation, claims, advice"},
	} {
		if stdout, stderr, code := tnbench(t, "explain", chain, "--only", c.only); code != exitUsage || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("--only %q: exit %d, stdout %q, stderr %q; want %q", c.only, code, stdout, stderr, c.says)
		}
	}
}

// TestExplainWritesADocumentPerInstance: one after the other in JSON, each file complete.
func TestExplainWritesADocumentPerInstance(t *testing.T) {
	file, page := filepath.Join(t.TempDir(), "why.json"), filepath.Join(t.TempDir(), "why.md")
	small, large := namesakes(t)
	stdout, stderr, code := tnbench(t, "explain", small, large, "-q", "--quick", "--only", "anatomy", "-o", file, "-o", page, "-o", "-")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := explanations(t, string(text))
	if len(all) != 2 || all[0].File != small || all[1].File != large {
		t.Fatalf("%d documents of %q", len(all), text)
	}
	for _, d := range all {
		if d.Schema != explain.Schema || d.Instance != "net" || d.Steps != 2 || len(d.Anatomy) == 0 || d.Claims != nil || d.Interrupted || d.Tool.Version == "" || d.Host.OS == "" || d.MeasuredAt == "" {
			t.Errorf("%+v", d)
		}
	}
	markdown, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(markdown), "| strategy") || !strings.Contains(stdout, "a.json) · opt_flops") {
		t.Errorf("%v, markdown %q, table %q", err, markdown, stdout)
	}
}

// TestExplainEverything: all parts of a network come out of one run, in which claims
// rest on the rows of the other parts.
func TestExplainEverything(t *testing.T) {
	if testing.Short() {
		t.Skip("measures for half a minute")
	}
	keepPeaks(t)
	stdout, stderr, code := tnbench(t, "explain", chain, "-q", "--quick", "--only", "claims,advice", "--format", "json")
	all := explanations(t, stdout)
	if code != 0 || len(all) != 1 {
		t.Fatalf("exit %d, stderr %q, %d documents", code, stderr, len(all))
	}
	d := all[0]
	if len(d.Anatomy) == 0 || len(d.Attribution) == 0 {
		t.Errorf("claims came without the parts they rest on: %d, %d rows", len(d.Anatomy), len(d.Attribution))
	}
	verdicts := []explain.Verdict{explain.Holds, explain.DoesNotHold, explain.NotResolved, explain.NotTestable}
	for _, c := range d.Claims {
		if !slices.Contains(verdicts, c.Verdict) || c.Measured == "" || c.Experiment == "" {
			t.Errorf("%+v", c)
		}
	}
	if len(d.Claims) < 20 {
		t.Errorf("%d claims", len(d.Claims))
	}
	for _, a := range d.Advice {
		for _, key := range a.Rows {
			if _, ok := d.Row(key); !ok || len(a.Rows) == 0 {
				t.Errorf("%q rests on %q, which is no row", a.Text, key)
			}
		}
	}
}

// TestExplainLeavesWhatItHas: interrupted later and later, until something was found.
func TestExplainLeavesWhatItHas(t *testing.T) {
	keepPeaks(t)
	file := written(t, "why.json", "good")
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(wait, func() { cancel(signalled{syscall.SIGINT}) })
		var stderr bytes.Buffer
		code := run(ctx, bytes.NewReader(nil), io.Discard, &stderr, []string{"explain", "ising_strip_5x250", "-q", "-o", file})
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(text) == "good" && code == 130 {
			continue // nothing was measured yet
		}
		all := explanations(t, string(text))
		if code != 130 || len(all) != 1 || !all[0].Interrupted || all[0].Empty() {
			t.Errorf("after %v: exit %d, %d documents, stderr %q", wait, code, len(all), stderr.String())
		}
		return
	}
}
