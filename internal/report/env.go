package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tnbench/internal/machine"
	"tnbench/internal/peaks"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// EnvSchema names the format of Environment.
const EnvSchema = "tnbench-env/1"

// Environment is what was measured of a machine, with base units in JSON.
type Environment struct {
	Schema      string      `json:"schema"`
	Tool        result.Tool `json:"tool"`
	Interrupted bool        `json:"interrupted,omitempty"` // figures are missing
	peaks.Report
	Warnings []warning.Warning `json:"warnings"`
}

// WriteEnv writes e in format f.
func WriteEnv(w io.Writer, f Format, e *Environment) error {
	switch f {
	case JSONFormat:
		return WriteJSON(w, e)
	case CSVFormat:
		return WriteTables(w, f, []Table{envRows(&e.Report)})
	}
	tables := []Table{hostTable(e.Host), arithmeticTable(e.Peaks)}
	if levels := levels(&e.Report); len(levels) > 0 {
		tables = append(tables, bandwidthTable(levels))
	}
	tables = append(tables, costTable(e.Pages, e.Clock))
	last := &tables[len(tables)-1]
	for _, warning := range e.Warnings {
		last.note(fmt.Sprintf("Warning: %s.", warning))
	}
	return WriteTables(w, f, tables)
}

// hostLines are the facts about a machine and runtime, each a label and a text,
// empty where unknown.
func hostLines(h machine.Host) [][2]string {
	bytes := func(n int64) string {
		if n <= 0 {
			return ""
		}
		return Bytes(float64(n))
	}
	join := func(separator string, parts ...string) string {
		kept := parts[:0]
		for _, p := range parts {
			if p != "" {
				kept = append(kept, p)
			}
		}
		return strings.Join(kept, separator)
	}
	prefixed := func(prefix, text string) string {
		if text == "" {
			return ""
		}
		return prefix + text
	}
	quota, load := "", ""
	if h.CPUQuota > 0 {
		quota = fmt.Sprintf("quota of %.3g", h.CPUQuota)
	}
	if h.LoadAverage != nil {
		load = fmt.Sprintf("%.2f", *h.LoadAverage)
	}
	limit := ""
	if h.GOMEMLIMIT > 0 {
		limit = "GOMEMLIMIT=" + Bytes(float64(h.GOMEMLIMIT))
	}
	return [][2]string{
		{"cpu", join(", ", h.CPU, plural(h.Cores, "core"), quota)},
		{"features", strings.Join(h.Features, " ")},
		{"caches", join(", ", prefixed("L1 ", bytes(int64(h.L1Bytes))), prefixed("L2 ", bytes(int64(h.L2Bytes))), prefixed("L3 ", bytes(int64(h.L3Bytes))))},
		{"memory", join(", ", bytes(h.MemoryBytes), prefixed("pages of ", bytes(int64(h.PageBytes))), prefixed("transparent huge pages: ", h.THP))},
		{"system", join(" ", h.OS+"/"+h.Arch, h.Kernel)},
		{"governor", join(", ", h.Governor, prefixed("boost ", h.Boost))},
		{"load", load},
		{"counters", h.Counters},
		{"peaks", prefixed("measured ", at(h.PeaksMeasuredAt))},
		{"go", join(", ", h.Go, fmt.Sprintf("GOMAXPROCS=%d", h.GOMAXPROCS), "GOGC="+h.GOGC, limit, prefixed("GODEBUG=", h.GODEBUG))},
	}
}

// at writes a time, "" if there is none.
func at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

func hostTable(h machine.Host) Table {
	t := Table{Title: "machine", Columns: []Column{{Name: "fact", Left: true}, {Name: "value", Left: true}}}
	for _, line := range hostLines(h) {
		if line[1] != "" {
			t.Add(Text(line[0]), Text(line[1]))
		}
	}
	return t
}

func arithmeticTable(p peaks.Peaks) Table {
	t := Table{Title: "arithmetic of one core", Columns: []Column{{Name: "dtype", Left: true}, {Name: "peak GFLOP/s"}},
		Notes: []Note{{"Multiply-adds on registers, two operations each; a complex type counts those of its real parts."}}}
	for _, a := range p.Arithmetic {
		t.Add(Text(a.DType), Text(digits(a.Flops/1e9)))
	}
	return t
}

// levels are the levels of memory that were measured, nearest first.
func levels(r *peaks.Report) []peaks.Bandwidth {
	all := append([]peaks.Bandwidth(nil), r.Caches...)
	if r.Peaks.Memory != nil {
		all = append(all, *r.Peaks.Memory)
	}
	return all
}

func bandwidthTable(all []peaks.Bandwidth) Table {
	t := Table{Title: "bandwidth of one core, GB/s",
		Columns: []Column{{Name: "level", Left: true}, {Name: "working set"}, {Name: "copy"}, {Name: "read"}, {Name: "write"}},
		Notes:   []Note{{"A copy counts the bytes read and the bytes written."}}}
	for _, b := range all {
		t.Add(Text(b.Level), Text(Bytes(float64(b.Bytes))), Text(digits(b.Copy/1e9)), Text(digits(b.Read/1e9)), Text(digits(b.Write/1e9)))
	}
	return t
}

// cost is a price in seconds, 0 where it could not be measured.
type cost struct {
	key, name string
	seconds   float64
}

// costs are the prices of pages and of measuring.
func costs(p peaks.Pages, c peaks.Clock) []cost {
	page := ""
	if p.PageBytes > 0 {
		page = " of " + Bytes(float64(p.PageBytes))
	}
	all := []cost{
		{"minor_fault", "first touch of a page" + page, p.Fault},
		{"unmap", "giving a page back", p.Unmap},
		{"zero", "clearing a resident page", p.Zero},
	}
	if p.HugePageBytes > 0 {
		all = append(all, cost{"huge_fault", "first touch of a huge page of " + Bytes(float64(p.HugePageBytes)), p.HugeFault})
	}
	return append(all,
		cost{"clock_resolution", "resolution of the clock", c.Resolution},
		cost{"clock_now", "reading the clock", c.Now},
		cost{"usage", "reading the count of faults", c.Usage},
		cost{"metrics", "reading a metric of the runtime", c.Metrics},
		cost{"mem_stats", "reading the heap's exact counters", c.MemStats},
	)
}

func costTable(p peaks.Pages, c peaks.Clock) Table {
	t := Table{Title: "costs", Columns: []Column{{Name: "what", Left: true}, {Name: "time"}}}
	for _, x := range costs(p, c) {
		cell := Missing
		if x.seconds > 0 {
			cell = Text(scaleFor(secondUnits, x.seconds).format(x.seconds))
		}
		t.Add(Text(x.name), cell)
	}
	return t
}

// envRows is every figure in base units: operations per second, bytes per
// second, seconds.
func envRows(r *peaks.Report) Table {
	t := Table{Columns: []Column{{Key: "section"}, {Key: "item"}, {Key: "key"}, {Key: "value"}}}
	add := func(section, item, key string, v any) {
		t.Add(Text(section), Text(item), Text(key), Cell{Value: v})
	}
	for _, line := range hostLines(r.Host) {
		if line[1] != "" {
			add("machine", line[0], "text", line[1])
		}
	}
	for _, a := range r.Peaks.Arithmetic {
		add("arithmetic", a.DType, "flops_per_second", plain(a.Flops))
	}
	for _, b := range levels(r) {
		add("bandwidth", b.Level, "working_set_bytes", b.Bytes)
		add("bandwidth", b.Level, "copy_bytes_per_second", plain(b.Copy))
		add("bandwidth", b.Level, "read_bytes_per_second", plain(b.Read))
		add("bandwidth", b.Level, "write_bytes_per_second", plain(b.Write))
	}
	for _, x := range costs(r.Pages, r.Clock) {
		if x.seconds > 0 {
			add("cost", x.key, "seconds", plain(x.seconds))
		}
	}
	return t
}
