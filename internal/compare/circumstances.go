package compare

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"tnbench/internal/machine"
	"tnbench/internal/result"
)

// circumstance is something about a document that may differ between the sides.
type circumstance struct {
	key   string
	group string // that it is ignored with, too
	// refused: documents that differ in it are of different things.
	refused bool
	of      func(*result.Document) string // "" if it is unknown
}

// host makes a circumstance of a fact of the machine.
func host(key string, refused bool, of func(*machine.Host) any) circumstance {
	return circumstance{key, "host", refused, func(d *result.Document) string { return text(of(&d.Host)) }}
}

// text writes a value, "" for the zero value: it is unknown.
func text(v any) string {
	if s := fmt.Sprint(v); s != "0" && s != "[]" && s != "<nil>" {
		return s
	}
	return ""
}

// general are the circumstances of whole documents. Those of results are
// [result.Circumstances].
var general = []circumstance{
	host("cpu", true, func(h *machine.Host) any { return h.CPU }),
	host("cpu_model", true, func(h *machine.Host) any { return h.CPUModel }),
	host("arch", true, func(h *machine.Host) any { return h.Arch }),
	host("os", true, func(h *machine.Host) any { return h.OS }),
	host("cores", true, func(h *machine.Host) any { return h.Cores }),
	host("cpu_quota", true, func(h *machine.Host) any { return h.CPUQuota }),
	host("thp", true, func(h *machine.Host) any { return h.THP }),
	host("page_bytes", true, func(h *machine.Host) any { return h.PageBytes }),
	host("kernel", false, func(h *machine.Host) any { return h.Kernel }),
	host("governor", false, func(h *machine.Host) any { return h.Governor }),
	host("microcode", false, func(h *machine.Host) any { return h.Microcode }),
	{"gomaxprocs", "host", true, func(d *result.Document) string { return text(d.Host.GOMAXPROCS) }},
	{"gogc", "", true, func(d *result.Document) string { return d.Host.GOGC }},
	{"gomemlimit", "", true, func(d *result.Document) string { return orText(text(d.Host.GOMEMLIMIT), "none", d.Host.Go != "") }},
	{"godebug", "", false, func(d *result.Document) string { return orText(d.Host.GODEBUG, "none", d.Host.Go != "") }},
	{"profiled", "", true, func(d *result.Document) string { return yes(warned(d, "profiled")) }},
	{"go", "", false, func(d *result.Document) string { return d.Tool.Go }},
	{"tool", "", false, func(d *result.Document) string { return d.Tool.Version }},
	{"revision", "", false, func(d *result.Document) string { return d.Tool.Revision }},
	{"dirty", "", false, func(d *result.Document) string {
		if !d.Tool.Dirty.OK {
			return ""
		}
		return yes(d.Tool.Dirty.Value)
	}},
	{"runs", "", false, func(d *result.Document) string { return text(d.Settings.Runs) }},
	{"warmup", "", false, func(d *result.Document) string { return text(d.Settings.Warmup) }},
}

func yes(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}

// orText returns s, or if it is empty and known other.
func orText(s, other string, known bool) string {
	if s == "" && known {
		return other
	}
	return s
}

// warned reports whether a document has a warning of a kind.
func warned(d *result.Document, code string) bool {
	for i := range d.Warnings {
		if d.Warnings[i].Code == code {
			return true
		}
	}
	return false
}

// said are circumstances of results that may differ without making them different
// things.
var said = map[string]bool{"tier": true}

// Ignorable lists what may be ignored: groups, and the circumstances that refuse a
// comparison.
func Ignorable() []string {
	all := []string{"host", "alloc", "path", "missing", "interrupted"}
	for _, c := range general {
		if c.refused {
			all = append(all, c.key)
		}
	}
	for _, f := range result.Circumstances {
		if !said[f.Key] {
			all = append(all, f.Key)
		}
	}
	return all
}

// circumstances says in what the sides differ, and returns why they can't be
// compared, if they can't. It notes which circumstances vary within a side: rows are
// of one of them each.
func (c *comparison) circumstances(base, new []File) (refusals []string) {
	for _, x := range general {
		b, n := valuesOf(base, x.of), valuesOf(new, x.of)
		refuse := x.refused && !c.Ignore[x.key] && !c.Ignore[x.group]
		refusals = c.differ(refusals, x.key, b, n, refuse)
		if x.key == "profiled" && refuse && slices.Contains(append(b, n...), "yes") && slices.Equal(b, n) {
			refusals = append(refusals, "BASE and NEW were profiled, which costs time; measure without, or --ignore profiled")
		}
		if refuse && x.group == "host" && (len(b) > 1 || len(n) > 1) && slices.Equal(b, n) {
			refusals = append(refusals, fmt.Sprintf("the files of a side are from different machines (%s %s); compare machine by machine, or --ignore host", x.key, strings.Join(b, ", ")))
		}
	}
	for _, f := range result.Circumstances {
		if b, n := factsOf(base, f), factsOf(new, f); len(b) > 1 && slices.Equal(b, n) {
			c.varying = append(c.varying, f)
		}
	}
	return refusals
}

// facts says in which circumstances of results the sides differ, and returns why none of
// them can be compared, if none can. Those of which some rows differ are refused alone.
func (c *comparison) facts() (refusals []string) {
	c.refused = map[key]string{}
	for _, f := range result.Circumstances {
		if slices.ContainsFunc(c.varying, func(v result.Fact) bool { return v.Key == f.Key }) {
			continue
		}
		var x Difference
		var of []string
		common := 0
		refuse := !said[f.Key] && !c.Ignore[f.Key]
		for _, k := range c.base.order {
			if c.new.of[k] == nil {
				continue
			}
			common++
			b, n := factOf(c.base.of[k], f), factOf(c.new.of[k], f)
			if b == "" && n == "true" || b == "true" && n == "" { // what is left out of JSON is false
				b, n = cmp.Or(b, "false"), cmp.Or(n, "false")
			}
			if b == n || b == "" || n == "" {
				continue
			}
			row := rowOf(k, c.new.of[k][0].result)
			x, of = Difference{What: f.Key, Base: b, New: n, Refused: refuse}, append(of, row.Title())
			if refuse {
				c.refused[k] = refusal(x)
			}
		}
		if len(of) == 0 {
			continue
		}
		if len(of) < common {
			x.Of = some(of)
		} else if refuse {
			refusals = append(refusals, refusal(x))
		}
		c.document.Differences = append(c.document.Differences, x)
	}
	return refusals
}

// refusal says why results that differ so are not compared.
func refusal(x Difference) string {
	return fmt.Sprintf("%s differs, so these are different things: %s, %s; --ignore %[1]s compares them all the same", x.What, x.Base, x.New)
}

// factOf returns the values of a fact of results, "" if they are unknown.
func factOf(all []measured, fact result.Fact) string {
	var values []string
	for _, m := range all {
		if v := fact.Of(m.file.Document, m.result); v != nil {
			values = append(values, fmt.Sprint(v))
		}
	}
	return strings.Join(different(values), ", ")
}

// differ notes a difference of the sides, if both are known.
func (c *comparison) differ(refusals []string, what string, base, new []string, refuse bool) []string {
	if len(base) == 0 || len(new) == 0 || slices.Equal(base, new) {
		return refusals
	}
	x := Difference{What: what, Base: strings.Join(base, ", "), New: strings.Join(new, ", "), Refused: refuse}
	c.document.Differences = append(c.document.Differences, x)
	if refuse {
		refusals = append(refusals, refusal(x))
	}
	return refusals
}

// valuesOf returns the different values of a circumstance, sorted, without unknown
// ones.
func valuesOf(files []File, of func(*result.Document) string) (all []string) {
	for _, f := range files {
		if v := of(f.Document); v != "" {
			all = append(all, v)
		}
	}
	return different(all)
}

// factsOf does the same with a fact of results.
func factsOf(files []File, fact result.Fact) (all []string) {
	for _, f := range files {
		for i := range f.Document.Results {
			if v := fact.Of(f.Document, &f.Document.Results[i]); v != nil {
				all = append(all, fmt.Sprint(v))
			}
		}
	}
	return different(all)
}

// different sorts values and leaves each there once.
func different(values []string) []string {
	slices.Sort(values)
	return slices.Compact(values)
}

// programs says which networks and programs differ though they have the same names.
func (c *comparison) programs() {
	for _, x := range []struct {
		what string
		of   func(*result.Result) string
	}{
		{"file", func(r *result.Result) string { return r.FileHash }},
		{"program", func(r *result.Result) string { return r.ProgramHash }},
	} {
		var of []string
		var first Difference
		for _, k := range c.base.order {
			if c.new.of[k] == nil {
				continue
			}
			b, n := c.base.of[k][0].result, c.new.of[k][0].result
			if v, w := x.of(b), x.of(n); v != "" && w != "" && v != w {
				if len(of) == 0 {
					first = Difference{What: x.what, Base: v[:min(12, len(v))], New: w[:min(12, len(w))]}
				}
				row := rowOf(k, n)
				of = append(of, row.Title())
			}
		}
		if len(of) > 0 {
			first.Of = some(of)
			c.document.Differences = append(c.document.Differences, first)
		}
	}
}

// Contradictions returns in what two documents differ that are to be one: anything but
// what a machine changes by itself. ignore holds what may differ; "settings" and
// "build" are groups of what is ignored together.
func Contradictions(a, b *result.Document, ignore map[string]bool) (all []Difference) {
	differ := func(key, group, v, w string) {
		if v != w && !ignore[key] && !ignore[group] {
			all = append(all, Difference{What: key, Base: v, New: w, Refused: true})
		}
	}
	for _, c := range general {
		switch {
		case c.group == "host" && !c.refused, c.key == "runs", c.key == "warmup": // of no account, or among the settings
		default:
			differ(c.key, cmp.Or(c.group, "build"), c.of(a), c.of(b))
		}
	}
	v, w := reflect.ValueOf(a.Settings), reflect.ValueOf(b.Settings)
	for i, key := range settingKeys() {
		differ(key, "settings", fmt.Sprint(v.Field(i).Interface()), fmt.Sprint(w.Field(i).Interface()))
	}
	return all
}

// Joinable lists what documents may differ in that are to be one, if that is ignored.
func Joinable() []string {
	all := []string{"host", "build", "settings"}
	for _, c := range general {
		if c.group != "host" || c.refused {
			all = append(all, c.key)
		}
	}
	for _, key := range settingKeys() {
		if !slices.Contains(all, key) {
			all = append(all, key)
		}
	}
	return all
}

// settingKeys are the keys of all settings, field by field.
func settingKeys() (keys []string) {
	settings := reflect.TypeFor[result.Settings]()
	for i := range settings.NumField() {
		key, _, _ := strings.Cut(settings.Field(i).Tag.Get("json"), ",")
		keys = append(keys, key)
	}
	return keys
}
