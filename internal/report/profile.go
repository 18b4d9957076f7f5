package report

import (
	"fmt"
	"io"
	"strings"

	"tnbench/internal/phase"
	"tnbench/internal/printable"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// ProfileSchema names the format of Profile.
const ProfileSchema = "tnbench-profile/1"

// Profile is where the time of contractions of one program under one strategy went.
type Profile struct {
	Schema   string            `json:"schema"`
	Tool     result.Tool       `json:"tool"`
	Instance string            `json:"instance"`
	Path     string            `json:"path"`
	DType    string            `json:"dtype"`
	Alloc    string            `json:"alloc"`
	Threads  int               `json:"threads"`
	Streams  int               `json:"streams"`
	File     string            `json:"file"` // of the profile
	THP      string            `json:"thp,omitempty"`
	Warnings []warning.Warning `json:"warnings"`

	Contractions int     `json:"contractions"`
	Wall         float64 `json:"wall_ns"` // of all of them
	Samples      int64   `json:"samples"`
	Sampled      float64 `json:"sampled_ns"` // processor time that the samples stand for

	// Of the system's accounts; absent where it has none.
	User        result.Maybe[float64] `json:"user_ns,omitzero"`
	System      result.Maybe[float64] `json:"system_ns,omitzero"`
	MinorFaults result.Maybe[float64] `json:"minor_faults,omitzero"` // per contraction

	Phases      []ProfilePhase    `json:"phases"`
	Functions   []ProfileFunction `json:"functions"`
	Interrupted bool              `json:"interrupted,omitempty"`
}

// ProfilePhase is what a phase took of the time.
type ProfilePhase struct {
	Phase phase.Phase `json:"phase"`
	Time  float64     `json:"ns"` // per contraction, of all threads
	Share float64     `json:"share"`
}

// ProfileFunction is what a function took itself.
type ProfileFunction struct {
	Name  string      `json:"name"`
	Phase phase.Phase `json:"phase"`
	Time  float64     `json:"ns"` // per contraction, of all threads
	Share float64     `json:"share"`
}

// Fill enters a breakdown, with its top functions. The figures before Phases must be
// there: with the system's accounts page faults get a phase of their own.
func (p *Profile) Fill(b phase.Breakdown, top int) {
	p.Samples, p.Sampled = b.Samples, b.Total
	if all := p.User.Value + p.System.Value; p.User.OK && all > 0 {
		b.SetSystem(p.System.Value/all, p.MinorFaults.Value*float64(p.Contractions)*p.mostPerFault())
	}
	contractions := float64(max(p.Contractions, 1))
	p.Phases, p.Functions = []ProfilePhase{}, []ProfileFunction{}
	for _, f := range phase.All {
		if f != phase.Faults || p.User.OK {
			p.Phases = append(p.Phases, ProfilePhase{f, b.Phases[f] / contractions, b.Share(f)})
		}
	}
	for _, f := range b.Functions[:min(top, len(b.Functions))] {
		p.Functions = append(p.Functions, ProfileFunction{f.Name, f.Phase, f.Time / contractions, f.Time / b.Total})
	}
}

// mostPerFault returns the most nanoseconds that a page fault takes, several times what
// env measures: one of 4 KiB, or of 2 MiB where pages may be so large.
func (p *Profile) mostPerFault() float64 {
	if p.THP == "always" || strings.Contains(p.Alloc, "huge") {
		return 2e6
	}
	return 20e3
}

// phaseWords say what phases are.
var phaseWords = map[phase.Phase]string{
	phase.Arithmetic: "kernels",
	phase.Packing:    "operands laid out for kernels",
	phase.Zeroing:    "memory cleared by the program",
	phase.Faults:     "pages handed out by the system, which clears them",
	phase.Allocation: "the strategy and Go's allocator, frees included",
	phase.Collector:  "marking, sweeping, giving memory back",
	phase.System:     "calls of the system, interrupts",
	phase.Scheduling: "goroutines, threads, locks",
	phase.Executor:   "the loop around kernels, clocks",
	phase.Other:      "functions that tnbench cannot place",
}

// WriteProfile writes p in format f: CSV has a row per phase and per function.
func WriteProfile(w io.Writer, f Format, p *Profile) error {
	switch f {
	case JSONFormat:
		return WriteJSON(w, p)
	case CSVFormat:
		return WriteTables(w, f, []Table{profileRows(p)})
	}
	title := joinTitle(shortName(p.Instance), shortName(p.Path), p.DType, p.Alloc)
	phases := Table{Title: title, Columns: []Column{{Name: "phase", Left: true}, {Name: "share"}, {Name: "per contraction"}, {Name: "what", Left: true, Rank: 1}}}
	for _, r := range p.Phases {
		phases.Add(Text(string(r.Phase)), Text(Percent(r.Share)), Text(Duration(r.Time)), Text(phaseWords[r.Phase]))
	}
	head := fmt.Sprintf("%s in %s, %s of the processor.", plural(p.Contractions, "contraction"), Duration(p.Wall), plural(int(p.Samples), "sample"))
	if p.MinorFaults.OK {
		head += fmt.Sprintf(" Page faults per contraction: %s.", digits(p.MinorFaults.Value))
	}
	phases.note(head)
	if p.User.OK {
		phases.note("Faults are the time within the system that its calls do not explain. No sample tells a fault from what causes it: the time is taken from zeroing first, then from arithmetic and packing.")
	}
	if p.Interrupted {
		phases.note("Interrupted: the profile is shorter than it was to be.")
	}
	top := Table{Title: "top functions", Columns: []Column{{Name: "function", Left: true}, {Name: "phase", Left: true, Rank: 1}, {Name: "share"}, {Name: "per contraction"}}}
	for _, r := range p.Functions {
		top.Add(Text(r.Name), Text(string(r.Phase)), Text(Percent(r.Share)), Text(Duration(r.Time)))
	}
	if p.File != "" {
		top.note("To see more: go tool pprof -http=: " + printable.Line(p.File))
	}
	return WriteTables(w, f, []Table{phases, top})
}

func profileRows(p *Profile) Table {
	t := Table{Columns: []Column{{Key: "instance"}, {Key: "path"}, {Key: "alloc"}, {Key: "section"}, {Key: "name"}, {Key: "phase"}, {Key: "ns"}, {Key: "share"}}}
	row := func(section, name string, at phase.Phase, ns, share float64) {
		t.Add(Text(p.Instance), Text(p.Path), Text(p.Alloc), Text(section), Text(name), Text(string(at)), Cell{Value: ns}, Cell{Value: share})
	}
	for _, r := range p.Phases {
		row("phase", string(r.Phase), r.Phase, r.Time, r.Share)
	}
	for _, r := range p.Functions {
		row("function", r.Name, r.Phase, r.Time, r.Share)
	}
	return t
}
