package alloc

import (
	"strconv"
	"strings"
)

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
