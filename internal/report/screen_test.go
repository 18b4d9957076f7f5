package report

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"
	"pgregory.net/rapid"

	"tnbench/internal/result"
)

// tableLines returns the lines of tables alone: they begin with a blank or a rule.
func tableLines(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, " ") || strings.HasPrefix(line, "─") {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestTablesFitTheScreen(t *testing.T) {
	d := sampleDocument()
	d.Results[1].Alloc = "slab:small=64,huge"
	d.Results[2].Alloc = strings.Repeat("広い名前", 20)
	for _, width := range []int{30, 40, 60, 80, 100, 160} {
		var b bytes.Buffer
		if err := WriteRun(Screen{Writer: &b, Width: width, Terminal: true}, TableFormat, d); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if w := displaywidth.String(strings.TrimSuffix(line, "\n")); w > width && len(strings.Fields(line)) > 1 { // a long word of a sentence stays whole
				t.Errorf("%d columns for a screen of %d: %s", w, width, line)
			}
		}
		if left := strings.Contains(b.String(), "Left out"); left != (width < 140) {
			t.Errorf("at %d: left out: %v\n%s", width, left, b.String())
		}
		for _, want := range []string{"strategy", "median ± IQR", "▸ slab"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("at %d: %q is missing:\n%s", width, want, b.String())
			}
		}
	}
	var plain, piped bytes.Buffer
	if err := WriteRun(&plain, TableFormat, d); err != nil {
		t.Fatal(err)
	}
	if err := WriteRun(Screen{Writer: &piped, Width: DefaultWidth}, TableFormat, d); err != nil || plain.String() != piped.String() {
		t.Errorf("%v: a writer that is no screen is not %d columns wide", err, DefaultWidth)
	}
	if !strings.Contains(plain.String(), "slab:small=64,huge is the fastest: make takes 2× as long as slab:small=64,huge [2, 2].\n") {
		t.Errorf("a sentence is broken where no terminal is:\n%s", plain.String())
	}
}

// TestNoTableIsWiderThanItMustBe: numbers are never cut, text is.
func TestNoTableIsWiderThanItMustBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := Table{}
		must := 0
		for i := range rapid.IntRange(1, 6).Draw(t, "columns") {
			c := Column{Name: rapid.StringMatching(`[a-z]{1,9}`).Draw(t, "name"), Left: rapid.Bool().Draw(t, "left")}
			if i > 0 {
				c.Rank = rapid.IntRange(0, 3).Draw(t, "rank")
			}
			cell := rapid.StringMatching(`[a-z本 ]{1,70}[a-z]`).Draw(t, "cell")
			if c.Rank == 0 && c.Left {
				must += min(cramped, max(displaywidth.String(cell), len(c.Name))) + 2
			} else if c.Rank == 0 {
				must += max(displaywidth.String(cell), len(c.Name)) + 2
			}
			if table.Rows == nil {
				table.Rows = [][]Cell{nil}
			}
			table.Columns = append(table.Columns, c)
			table.Rows[0] = append(table.Rows[0], Text(cell))
		}
		width := rapid.IntRange(20, 120).Draw(t, "width")
		var b bytes.Buffer
		left, err := table.write(Screen{Writer: &b, Width: width}, TableFormat)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range tableLines(b.String()) {
			if w := displaywidth.String(line); w > max(width, must) {
				t.Fatalf("%d columns for %d, %d are needed, left out %v:\n%s", w, width, must, left, b.String())
			}
		}
		for i, c := range table.Columns {
			if cell := table.Rows[0][i].Text; !c.Left && !slices.Contains(left, c.Name) && !strings.Contains(b.String(), strings.Join(strings.Fields(cell), " ")) && !strings.Contains(b.String(), strings.TrimSpace(cell)) {
				t.Fatalf("%q was cut:\n%s", cell, b.String())
			}
		}
	})
}

func TestColoursAreForScreensThatHaveThem(t *testing.T) {
	for _, c := range []struct {
		colours bool
		format  Format
		want    bool
	}{{true, TableFormat, true}, {false, TableFormat, false}, {true, MarkdownFormat, false}, {true, CSVFormat, false}, {true, JSONFormat, false}} {
		var b bytes.Buffer
		if err := WriteRun(Screen{Writer: &b, Width: 100, Colors: c.colours, Terminal: true}, c.format, sampleDocument()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), "\x1b["); got != c.want {
			t.Errorf("%+v: colours %v:\n%s", c, got, b.String())
		}
	}
	var with, without bytes.Buffer
	for b, colours := range map[*bytes.Buffer]bool{&with: true, &without: false} {
		if err := WriteRun(Screen{Writer: b, Width: 100, Colors: colours, Terminal: true}, TableFormat, sampleDocument()); err != nil {
			t.Fatal(err)
		}
	}
	plain := strings.NewReplacer("\x1b[1;32m", "", "\x1b[0m", "").Replace(with.String())
	if plain != without.String() {
		t.Errorf("colours shift the table:\n%s\n%s", plain, without.String())
	}
}

func TestTheViewSortsAndChooses(t *testing.T) {
	d := sampleDocument()
	d.Results[0].Footprint, d.Results[1].Footprint = result.Measured(1<<20), result.Measured(2<<20)
	for _, c := range []struct {
		sort Sort
		want string
	}{{ByTime, "slab make jemalloc make"}, {ByAlloc, "jemalloc make slab make"}, {ByFootprint, "make slab jemalloc make"}, {AsGiven, "make slab jemalloc make"}} {
		var b bytes.Buffer
		if err := (RunView{Sort: c.sort}).Write(&b, TableFormat, d); err != nil {
			t.Fatal(err)
		}
		var order []string
		for _, line := range tableLines(b.String()) {
			if name := strings.Fields(strings.TrimPrefix(line, " ▸"))[0]; !strings.Contains("strategy", name) && !strings.HasPrefix(name, "─") {
				order = append(order, name)
			}
		}
		if got := strings.Join(order, " "); got != c.want {
			t.Errorf("sorted by %v: %s, want %s", c.sort, got, c.want)
		}
	}
	keys, err := ParseColumns("time, heap allocs,gc_pause_ns,time")
	if err != nil || !slices.Equal(keys, []string{"median_ns", "heap_allocs", "gc_pause_ns"}) {
		t.Fatalf("%v, %v", keys, err)
	}
	var b bytes.Buffer
	if err := (RunView{Columns: keys}).Write(&b, TableFormat, d); err != nil || !strings.Contains(b.String(), " strategy       median ± IQR  heap allocs  gc_pause_ns \n") {
		t.Errorf("%v:\n%s", err, b.String())
	}
	for list, want := range map[string]string{"fautls": `did you mean "`, "": "unknown column", "time,,ratio": "unknown column", "ratoi": `did you mean "ratio"?`} {
		if _, err := ParseColumns(list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", list, err, want)
		}
	}
	if err := (RunView{All: true}).Write(Screen{Writer: io.Discard, Width: 20}, TableFormat, d); err != nil {
		t.Error(err)
	}
	for _, key := range importance {
		result.FigureOf(key)
	}
}
