package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tnbench/internal/machine"
	"tnbench/internal/report"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// Compose puts a document into sections in a language.
func Compose(d *Document, l Language) *Page {
	c := &composer{document: d, language: l, page: &Page{Language: l}}
	c.page.Words = Words{
		Contents: c.say("contents"), Theme: c.say("theme"), Data: c.say("data"), Skip: c.say("skip"),
		Made: c.say("made", d.Tool.Version),
	}
	c.page.Title = c.title()
	c.page.Lead = []string{c.say("lead")}
	if when, err := time.Parse(time.RFC3339, d.Measured); err == nil {
		c.page.Lead = append(c.page.Lead, c.say("when", when.Local().Format("2006-01-02 15:04 -07:00")))
	}
	if d.Interrupted {
		c.page.Lead = append(c.page.Lead, c.say("interrupted"))
		if len(d.Pending) > 0 {
			c.page.Lead = append(c.page.Lead, c.say("pending", strings.Join(d.Pending, ", ")))
		}
	}
	c.environment()
	for i := range d.Networks {
		c.network(i)
	}
	c.method()
	c.warnings()
	return c.page
}

// composer makes a page.
type composer struct {
	document *Document
	language Language
	page     *Page
	// Of the network that is being composed:
	about   *Network
	prefix  string // of its sections' identities
	results []result.Result
}

func (c *composer) say(key string, figures ...any) string { return c.language.say(key, figures...) }

// section begins a section.
func (c *composer) section(level int, id, title string) *Section {
	c.page.Sections = append(c.page.Sections, Section{ID: id, Level: level, Title: title})
	return &c.page.Sections[len(c.page.Sections)-1]
}

// part begins a section of a network.
func (c *composer) part(key string) *Section {
	return c.section(3, c.prefix+"-"+key, c.say("section."+key))
}

// drop takes the last section away if nothing stands in it.
func (c *composer) drop() {
	if last := len(c.page.Sections) - 1; len(c.page.Sections[last].Blocks) == 0 {
		c.page.Sections = c.page.Sections[:last]
	}
}

func (c *composer) title() string {
	var names []string
	for i := range c.document.Networks {
		if n := c.document.Networks[i].Instance; !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if len(names) == 1 {
		return c.say("title.one", names[0])
	}
	return c.say("title.several", len(names))
}

// columns makes columns of a table: headings that begin with < stand at the left.
func (c *composer) columns(keys ...string) (all []report.Column) {
	for _, key := range keys {
		name, left := strings.CutPrefix(key, "<")
		heading := ""
		if name != "" {
			heading = c.say("column." + name)
		}
		all = append(all, report.Column{Name: heading, Left: left})
	}
	return all
}

// facts is a table of names and what they stand for, leaving out empty ones.
func (c *composer) facts(title string, facts [][2]string) report.Table {
	t := report.Table{Title: title, Columns: c.columns("<fact", "<value"), Whole: true}
	for _, f := range facts {
		if f[1] != "" {
			t.Add(report.Text(c.say("fact."+f[0])), report.Text(f[1]))
		}
	}
	return t
}

// number is the cell of a count.
func number[T int | float64](v T) report.Cell {
	return report.Cell{Text: report.Count(float64(v)), Value: float64(v)}
}

// bytesOf is the cell of a size.
func bytesOf(v float64) report.Cell { return report.Cell{Text: report.Bytes(v), Value: v} }

// percentOf is the cell of a share.
func percentOf(v float64) report.Cell { return report.Cell{Text: report.Percent(v), Value: v} }

// timeOf is the cell of a time, which may be below zero: a difference of two.
func timeOf(ns float64) report.Cell { return report.Cell{Text: duration(ns), Value: ns} }

func duration(ns float64) string {
	if ns < 0 {
		return "−" + report.Duration(-ns)
	}
	return report.Duration(ns)
}

// maybe is the cell of a figure that may not be known.
func maybe(m result.Maybe[float64], cell func(float64) report.Cell) report.Cell {
	if m.IsZero() {
		return report.Missing
	}
	return cell(m.Value)
}

// environment tells of the machine and the program.
func (c *composer) environment() {
	s := c.section(2, "environment", c.say("section.environment"))
	h, tool := c.document.Host, c.document.Tool
	size := func(n int64) string {
		if n <= 0 {
			return ""
		}
		return report.Bytes(float64(n))
	}
	count := func(n int) string {
		if n <= 0 {
			return ""
		}
		return report.Count(float64(n))
	}
	decimal := func(v float64, unit string) string {
		if v <= 0 {
			return ""
		}
		return strings.TrimSpace(fmt.Sprintf("%.3g %s", v, unit))
	}
	load := ""
	if h.LoadAverage != nil {
		load = fmt.Sprintf("%.2f", *h.LoadAverage)
	}
	s.table(c.facts("", [][2]string{
		{"cpu", h.CPU}, {"model", h.CPUModel}, {"cores", count(h.Cores)}, {"quota", decimal(h.CPUQuota, "")}, {"features", strings.Join(h.Features, " ")},
		{"l1", size(int64(h.L1Bytes))}, {"l2", size(int64(h.L2Bytes))}, {"l3", size(int64(h.L3Bytes))},
		{"memory", size(h.MemoryBytes)}, {"pagesize", size(int64(h.PageBytes))}, {"thp", h.THP},
		{"system", system(h)}, {"governor", h.Governor}, {"boost", h.Boost}, {"load", load}, {"counters", c.language.translate(h.Counters)},
		{"peak", decimal(h.PeakGFLOPS, "GFLOP/s")}, {"bandwidth", decimal(h.BandwidthGBs, "GB/s")},
		{"go", h.Go}, {"gomaxprocs", count(h.GOMAXPROCS)}, {"gogc", h.GOGC}, {"gomemlimit", size(h.GOMEMLIMIT)}, {"godebug", h.GODEBUG},
		{"tool", strings.TrimSpace(tool.Version + " " + tool.Revision)},
	}))
}

func system(h machine.Host) string {
	if h.OS == "" {
		return ""
	}
	return strings.TrimSpace(h.OS + "/" + h.Arch + " " + h.Kernel)
}

// method says what was measured, and how.
func (c *composer) method() {
	s := c.section(2, "method", c.say("section.method"))
	for _, key := range []string{"method.clock", "method.rounds", "method.intervals", "method.checks", "method.memory", "method.explain", "method.verdicts"} {
		s.say(c.say(key))
	}
	if c.document.Results == nil {
		return
	}
	settings := c.document.Results.Settings
	rounds := ""
	if settings.Runs > 0 {
		rounds = report.Count(float64(settings.Runs))
	}
	longest := ""
	if settings.MaxTime > 0 {
		longest = time.Duration(settings.MaxTime).String()
	}
	s.table(c.facts(c.say("table.settings"), [][2]string{
		{"rounds", rounds}, {"warmup", fmt.Sprint(settings.Warmup)}, {"maxtime", longest}, {"threads", fmt.Sprint(settings.Threads)}, {"streams", fmt.Sprint(settings.Streams)},
		{"backend", settings.Backend}, {"library", settings.Library}, {"fill", settings.Fill}, {"seed", fmt.Sprint(settings.Seed)},
		{"order", settings.Order}, {"metadata", settings.Metadata}, {"planning", settings.Planning}, {"temporaries", settings.Temporaries}, {"sharing", settings.Sharing}, {"regions", settings.Regions},
	}))
}

// warnings tells what a reader should know of how it was measured.
func (c *composer) warnings() {
	all := slices.Clone(c.document.Warnings)
	if c.document.Results != nil {
		all = append(all, c.document.Results.Warnings...)
	}
	for _, e := range c.document.Explanations {
		all = append(all, e.Warnings...)
	}
	var distinct []warning.Warning
	for _, w := range all {
		if !slices.Contains(distinct, w) {
			distinct = append(distinct, w)
		}
	}
	s := c.section(2, "warnings", c.say("section.warnings"))
	if len(distinct) == 0 {
		s.say(c.say("warnings.none"))
		return
	}
	s.say(c.say("warnings.some"))
	var lines []string
	for _, k := range warning.Kinds(distinct) {
		k.Message, k.Remedy = c.language.translate(k.Message), c.language.translate(k.Remedy)
		if k.More > 0 {
			k.Message += c.say("warnings.more", k.More, k.About)
		}
		lines = append(lines, c.say("warnings.line", k.Message, k.Remedy))
		if k.Subject != "" {
			lines[len(lines)-1] = c.say("warnings.about", k.Subject, lines[len(lines)-1])
		}
	}
	s.list(lines)
}
