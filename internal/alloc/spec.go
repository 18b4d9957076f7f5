package alloc

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tnbench/internal/size"
	"tnbench/internal/suggest"
)

// options are those of one spec, checked against the strategy's list. The bare
// number of inline:32 is filed under the first option.
type options map[string]string

func (o options) has(name string) bool {
	_, ok := o[name]
	return ok
}

// number returns an option that parse has found to be a count, or def.
func (o options) number(name string, def int) int {
	text, ok := o[name]
	if !ok {
		return def
	}
	n, _ := parseCount(text)
	return n
}

// kind of value that an option takes.
type kind uint8

const (
	flag    kind = iota // none
	count               // a positive whole number
	bytes               // as size.Parse reads them
	factor              // a number of 1 or more
	another             // the spec of another strategy: takes the rest of the spec
)

// parseSpec splits "name:option,option=value" and checks it. "inline=32" is the
// same as "inline:32" and "inline:elements=32".
func parseSpec(spec string) (*definition, options, error) {
	cut := strings.IndexAny(spec, ":=")
	name, rest := spec, ""
	if cut >= 0 {
		name, rest = spec[:cut], spec[cut+1:]
		if rest == "" {
			return nil, nil, fmt.Errorf("strategy %q: an option is missing after %q", spec, spec[cut:])
		}
	}
	d := find(name)
	if d == nil {
		return nil, nil, suggest.Unknown("strategy", name, Names())
	}
	if cut >= 0 && spec[cut] == '=' && !d.bare() {
		return nil, nil, fmt.Errorf("strategy %q: options follow a colon: %s:%s", spec, name, rest)
	}
	o, err := d.parseOptions(rest)
	if err != nil {
		return nil, nil, fmt.Errorf("strategy %q: %w", spec, err)
	}
	return d, o, nil
}

func (d *definition) parseOptions(rest string) (options, error) {
	o := options{}
	for rest != "" {
		var item string
		if strings.HasPrefix(rest, "base=") {
			item, rest = rest, "" // its own options may follow, with commas
		} else {
			item, rest, _ = strings.Cut(rest, ",")
		}
		if err := d.parseOption(o, item); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (d *definition) parseOption(o options, item string) error {
	name, value, valued := strings.Cut(item, "=")
	if _, err := strconv.Atoi(item); err == nil && d.bare() {
		name, value, valued = d.Options[0].Name, item, true
	}
	i := slices.IndexFunc(d.Options, func(opt Option) bool { return opt.Name == name })
	switch {
	case len(d.Options) == 0:
		return fmt.Errorf("option %q: %s takes none", name, d.Name)
	case i < 0:
		return fmt.Errorf("unknown option %q: %s", name, d.meant(name))
	case o.has(name):
		return fmt.Errorf("option %s is given twice", name)
	}
	opt := d.Options[i]
	if err := opt.check(value, valued); err != nil {
		return fmt.Errorf("option %s: %w", opt.usage(), err)
	}
	o[name] = value
	return nil
}

// bare reports whether the first option's value may be given without its name.
func (d *definition) bare() bool { return len(d.Options) > 0 && d.Options[0].bare }

// meant says which option is close to name, and which there are.
func (d *definition) meant(name string) string {
	names := make([]string, len(d.Options))
	for i, opt := range d.Options {
		names[i] = opt.Name
	}
	if meant := suggest.Meant(name, names); meant != "" {
		return meant + " There are " + d.usage()
	}
	return "there are " + d.usage()
}

// usage lists the options of a strategy as they are written.
func (d *definition) usage() string {
	all := make([]string, len(d.Options))
	for i, opt := range d.Options {
		all[i] = opt.usage()
	}
	return strings.Join(all, ", ")
}

func (o Option) usage() string {
	if o.Value == "" {
		return o.Name
	}
	return o.Name + "=" + o.Value
}

// check reports why value is no value for the option.
func (o Option) check(value string, valued bool) error {
	switch {
	case o.kind == flag && valued:
		return fmt.Errorf("takes no value, got %q", value)
	case o.kind == flag:
		return nil
	case value == "":
		return fmt.Errorf("needs a value")
	}
	var err error
	switch o.kind {
	case count:
		_, err = parseCount(value)
	case bytes:
		_, err = parseSize(value)
	case factor:
		_, err = parseFactor(value)
	case another:
		if o.fits != nil {
			err = o.fits(value)
		}
		if err == nil {
			err = Check(value)
		}
	}
	return err
}

func parseCount(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > MaxBytes/8 {
		return 0, fmt.Errorf("%q is not a positive number of elements", text)
	}
	return n, nil
}

// parseSize reads a number of bytes such as 4096, 128KiB, 1MiB.
func parseSize(text string) (int, error) {
	n, err := size.Parse(text)
	if err == nil && n > MaxBytes {
		err = fmt.Errorf("%q is more than a strategy can hold", text)
	}
	return int(n), err
}

func parseFactor(text string) (float64, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f >= 1) || f > MaxBytes {
		return 0, fmt.Errorf("%q is not a factor of 1 or more", text)
	}
	return f, nil
}

// Expand turns the value of an --alloc flag into specs: "" gives those that run
// by default, "all" every strategy that can run here with its notable variants,
// anything else is a list. Its commas separate strategies where a strategy's
// name follows and options elsewhere: "make,inline:32,base=slab:huge" is two
// specs. Every spec is checked; one named twice stands twice.
func Expand(list string) ([]string, error) {
	switch list {
	case "":
		return runnable(func(i Info) bool { return i.Default }, false), nil
	case "all":
		return runnable(func(i Info) bool { return i.Available() == nil }, true), nil
	}
	var all []string
	for _, item := range strings.Split(list, ",") {
		name := item[:max(strings.IndexAny(item+":", ":="), 0)]
		if last := len(all) - 1; last >= 0 && find(name) == nil && strings.ContainsAny(all[last], ":=") {
			all[last] += "," + item
			continue
		}
		all = append(all, item)
	}
	for _, spec := range all {
		if _, _, err := parseSpec(spec); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Canonical returns the one way to write the strategy of spec: options in the
// order of the strategy's list, values as plain numbers, defaults left out. A spec
// that can't be read is its own.
func Canonical(spec string) string {
	d, o, err := parseSpec(spec)
	if err != nil {
		return spec
	}
	var given []string
	for _, opt := range d.Options {
		value, ok := o[opt.Name]
		switch {
		case !ok:
		case opt.kind == flag:
			given = append(given, opt.Name)
		case opt.canonical(value) != opt.canonical(opt.Default):
			given = append(given, opt.Name+"="+opt.canonical(value))
		}
	}
	if len(given) == 0 {
		return d.Name
	}
	return d.Name + ":" + strings.Join(given, ",")
}

// canonical returns the one way to write a value of the option, "" for no value.
func (o Option) canonical(value string) string {
	switch {
	case value == "":
		return ""
	case o.kind == count:
		n, _ := parseCount(value)
		return strconv.Itoa(n)
	case o.kind == bytes:
		n, _ := parseSize(value)
		return strconv.Itoa(n)
	case o.kind == factor:
		f, _ := parseFactor(value)
		return strconv.FormatFloat(f, 'g', -1, 64)
	case o.kind == another:
		return Canonical(value)
	}
	return value
}
