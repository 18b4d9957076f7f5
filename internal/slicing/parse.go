package slicing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tnbench/internal/instance"
	"tnbench/internal/suggest"
)

// Parse reads cuts of labels of in, separated by commas: a label alone is cut into its
// single values, a:4 into four parts.
func Parse(in *instance.Instance, text string) ([]instance.Cut, error) {
	var cuts []instance.Cut
	for _, item := range strings.Split(text, ",") {
		c, err := parseCut(in, strings.TrimSpace(item))
		if err == nil && slices.ContainsFunc(cuts, func(o instance.Cut) bool { return o.Label == c.Label }) {
			err = fmt.Errorf("label %q stands there twice: name it once", string(in.Names[c.Label]))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: format_string: %w", in.File(), err)
		}
		cuts = append(cuts, c)
	}
	return cuts, nil
}

// parseCut reads one of them.
func parseCut(in *instance.Instance, item string) (c instance.Cut, err error) {
	name, parts, given := strings.Cut(item, ":")
	label := -1
	if r := []rune(name); len(r) == 1 {
		label = slices.Index(in.Names, r[0])
	}
	if label < 0 {
		return c, unknown(in, name)
	}
	d := in.Dims[label]
	c = instance.Cut{Label: instance.Label(label), Parts: d}
	if d == 1 {
		return c, fmt.Errorf("label %q has dimension 1, which can't be sliced: choose among %s", name, choices(in))
	}
	if !given {
		return c, nil
	}
	if c.Parts, err = strconv.Atoi(parts); err != nil || c.Parts < 2 || d%c.Parts != 0 {
		return c, fmt.Errorf("label %q has dimension %d, which can't be cut into %q equal parts: give it a divisor above 1, or none to take its values one by one", name, d, parts)
	}
	return c, nil
}

// unknown is the error of a label that is not there.
func unknown(in *instance.Instance, name string) error {
	names := make([]string, len(in.Names))
	for i, r := range in.Names {
		names[i] = string(r)
	}
	if meant := suggest.Meant(name, append(names, "auto", "off")); meant != "" {
		return fmt.Errorf("there is no label %q: %s There are %s", name, meant, choices(in))
	}
	return fmt.Errorf("there is no label %q: there are %s", name, choices(in))
}

// mostChoices bounds the labels that an error lists.
const mostChoices = 20

// choices lists labels that can be sliced, with their dimensions, the largest first.
func choices(in *instance.Instance) string {
	labels := make([]int, 0, len(in.Dims))
	for l, d := range in.Dims {
		if d > 1 {
			labels = append(labels, l)
		}
	}
	slices.SortStableFunc(labels, func(x, y int) int { return in.Dims[y] - in.Dims[x] })
	more := len(labels) - mostChoices
	var parts []string
	for _, l := range labels[:min(len(labels), mostChoices)] {
		parts = append(parts, fmt.Sprintf("%c (%d)", in.Names[l], in.Dims[l]))
	}
	text := strings.Join(parts, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if text == "" {
		return "none of a dimension above 1"
	}
	return text
}

// Format writes cuts as Parse reads them.
func Format(in *instance.Instance, cuts []instance.Cut) string {
	items := make([]string, len(cuts))
	for i, c := range cuts {
		if items[i] = string(in.Names[c.Label]); c.Parts < in.Dims[c.Label] {
			items[i] += ":" + strconv.Itoa(c.Parts)
		}
	}
	return strings.Join(items, ",")
}
