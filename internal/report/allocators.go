package report

import (
	"fmt"
	"io"
	"strings"

	"tnbench/internal/alloc"
)

// AllocatorsSchema names the format of Allocators.
const AllocatorsSchema = "tnbench-allocators/1"

// Allocators is what there is to choose from.
type Allocators struct {
	Schema      string      `json:"schema"`
	Interrupted bool        `json:"interrupted,omitempty"` // some pairs are missing
	Strategies  []Allocator `json:"strategies"`
	Pairs       []PairCost  `json:"pairs,omitempty"`
}

// Allocator is a strategy as people choose it.
type Allocator struct {
	Name      string            `json:"name"`
	Default   bool              `json:"default"`
	Available bool              `json:"available"`
	Reason    string            `json:"reason,omitempty"` // why it can't run here, and what to install
	Sharing   string            `json:"sharing"`
	Models    string            `json:"models"`
	Keeps     string            `json:"keeps"`
	Options   []AllocatorOption `json:"options"`
	Variants  []string          `json:"variants,omitempty"` // specs worth comparing with the bare name
}

// AllocatorOption is what may follow a strategy's colon.
type AllocatorOption struct {
	Usage   string `json:"usage"` // "huge", "small=N"
	Meaning string `json:"meaning"`
	Default string `json:"default,omitempty"` // absent: off
}

// PairCost is what one allocation with its free costs.
type PairCost struct {
	Alloc  string  `json:"alloc"`
	Bytes  int     `json:"bytes"`
	Median float64 `json:"median_ns,omitempty"`
	Q1     float64 `json:"q1_ns,omitempty"`
	Q3     float64 `json:"q3_ns,omitempty"`
	Error  string  `json:"error,omitempty"`
}

// NewAllocators describes strategies, trying which of them can run here.
func NewAllocators(infos []alloc.Info) Allocators {
	a := Allocators{Schema: AllocatorsSchema, Strategies: []Allocator{}}
	for _, info := range infos {
		s := Allocator{
			Name: info.Name, Default: info.Default, Available: true, Sharing: info.Sharing.String(),
			Models: info.Models, Keeps: info.Keeps, Options: []AllocatorOption{}, Variants: info.Variants,
		}
		if err := info.Available(); err != nil {
			s.Available, s.Reason = false, err.Error()
		}
		for _, o := range info.Options {
			usage := o.Name
			if o.Value != "" {
				usage += "=" + o.Value
			}
			s.Options = append(s.Options, AllocatorOption{Usage: usage, Meaning: o.Meaning, Default: o.Default})
		}
		a.Strategies = append(a.Strategies, s)
	}
	return a
}

// WriteAllocators writes a in format f, verbosely with options and with what
// each strategy keeps. CSV has a row per strategy, or per pair if pairs were
// measured.
func WriteAllocators(w io.Writer, f Format, a *Allocators, verbose bool) error {
	switch {
	case f == JSONFormat:
		return WriteJSON(w, a)
	case f == CSVFormat && len(a.Pairs) > 0:
		return WriteTables(w, f, []Table{pairRows(a.Pairs)})
	case f == CSVFormat:
		return WriteTables(w, f, []Table{allocatorRows(a.Strategies)})
	case len(a.Pairs) > 0:
		return WriteTables(w, f, []Table{pairTable(a.Pairs)})
	}
	tables := []Table{allocatorTable(a.Strategies, verbose)}
	if verbose {
		tables = append(tables, optionTable(a.Strategies))
	}
	return WriteTables(w, f, tables)
}

func allocatorTable(all []Allocator, verbose bool) Table {
	t := Table{Title: "strategies", Columns: []Column{
		{Name: "strategy", Left: true}, {Name: "sharing", Left: true}, {Name: "here", Left: true}, {Name: "models", Left: true}}}
	if verbose {
		t.Columns = append(t.Columns, Column{Name: "keeps", Left: true})
	}
	for _, s := range all {
		name, here := s.Name, "yes"
		if s.Default {
			name += " *"
		}
		if !s.Available {
			here = "no"
			t.note(fmt.Sprintf("Not here: %s.", s.Reason))
		}
		row := []Cell{Text(name), Text(s.Sharing), Text(here), Text(s.Models), Text(s.Keeps)}
		t.Add(row[:len(t.Columns)]...)
	}
	t.note("* takes part in a run that names no strategies.")
	if verbose {
		t.note("Several contractions can use one instance of a strategy that is concurrent; of one that is locked behind a lock; of one that is private not at all.")
	} else {
		t.note("With -v: what each keeps between contractions, and the options that may follow its name after a colon.")
	}
	return t
}

func optionTable(all []Allocator) Table {
	t := Table{Title: "options", Columns: []Column{
		{Name: "strategy", Left: true}, {Name: "option", Left: true}, {Name: "default", Left: true}, {Name: "meaning", Left: true}}}
	for _, s := range all {
		for _, o := range s.Options {
			standard := o.Default
			if standard == "" {
				standard = "off"
			}
			t.Add(Text(s.Name), Text(o.Usage), Text(standard), Text(o.Meaning))
		}
	}
	return t
}

func allocatorRows(all []Allocator) Table {
	t := Table{Columns: []Column{{Key: "name"}, {Key: "default"}, {Key: "available"}, {Key: "reason"}, {Key: "sharing"},
		{Key: "models"}, {Key: "keeps"}, {Key: "options"}}}
	for _, s := range all {
		options := make([]string, len(s.Options))
		for i, o := range s.Options {
			options[i] = o.Usage
		}
		t.Add(Text(s.Name), Cell{Value: s.Default}, Cell{Value: s.Available}, Text(s.Reason), Text(s.Sharing),
			Text(s.Models), Text(s.Keeps), Text(strings.Join(options, " ")))
	}
	return t
}

// pairTable has a row per strategy and a column per size.
func pairTable(pairs []PairCost) Table {
	t := Table{Title: "bookkeeping of one allocation and its free, ns", Columns: []Column{{Name: "strategy", Left: true}},
		Notes: []Note{{"Medians in steady state, the contraction's reset shared among its buffers. Nobody touches the memory, but some strategies clear it, map it or have it collected."}}}
	column, row := map[int]int{}, map[string]int{}
	for _, p := range pairs {
		if _, ok := column[p.Bytes]; !ok {
			column[p.Bytes] = len(t.Columns)
			t.Columns = append(t.Columns, Column{Name: Bytes(float64(p.Bytes)), Rank: len(t.Columns)})
		}
	}
	for _, p := range pairs {
		r, ok := row[p.Alloc]
		if !ok {
			r = len(t.Rows)
			row[p.Alloc] = r
			cells := make([]Cell, len(t.Columns))
			for i := range cells {
				cells[i] = Missing
			}
			cells[0] = Text(p.Alloc)
			t.Add(cells...)
		}
		if p.Error == "" {
			t.Rows[r][column[p.Bytes]] = Text(digits(p.Median))
		} else {
			t.note(fmt.Sprintf("%s failed: %s.", p.Alloc, p.Error))
		}
	}
	return t
}

func pairRows(pairs []PairCost) Table {
	t := Table{Columns: []Column{{Key: "alloc"}, {Key: "bytes"}, {Key: "median_ns"}, {Key: "q1_ns"}, {Key: "q3_ns"}, {Key: "error"}}}
	for _, p := range pairs {
		cells := []Cell{Text(p.Alloc), {Value: p.Bytes}, {Value: p.Median}, {Value: p.Q1}, {Value: p.Q3}, Text(p.Error)}
		if p.Error != "" {
			cells[2], cells[3], cells[4] = Missing, Missing, Missing
		}
		t.Add(cells...)
	}
	return t
}
