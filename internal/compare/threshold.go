package compare

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"tnbench/internal/result"
	"tnbench/internal/suggest"
)

// Threshold is by how much a figure may be worse: a share of what it was and so
// much in its unit, added up.
type Threshold struct {
	Relative float64 // 0.05 for 5 %
	Absolute float64 // nanoseconds, bytes, or a count
	Off      bool    // the figure does not count
}

// Of returns the largest difference from a figure that does not count.
func (t Threshold) Of(figure float64) float64 { return t.Relative*figure + t.Absolute }

// Thresholds are those of figures, by name; others have their defaults.
type Thresholds map[string]Threshold

// Of returns the threshold of a figure.
func (t Thresholds) Of(f *Figure) Threshold {
	if own, ok := t[f.Name]; ok {
		return own
	}
	return f.Allowed
}

// ThresholdSyntax says how thresholds are written.
const ThresholdSyntax = `A threshold is FIGURE=AMOUNT: a share of BASE (5%), an amount in the figure's unit
(200ns, 16B, 2), their sum (5%+200ns), 0 for no difference at all, or off. Several
are separated by commas. Times have ns, us, ms or s, sizes B, KiB, MiB or GiB.`

// ParseThresholds reads "time=5%+200ns,allocs=0,bytes=1%+128B".
func ParseThresholds(text string) (Thresholds, error) {
	all := Thresholds{}
	for _, part := range strings.Split(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, amount, found := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		f := FigureOf(name)
		switch {
		case f == nil:
			return nil, suggest.Unknown("figure", name, names())
		case !found:
			return nil, fmt.Errorf("%q has no amount: write %s=%v", part, name, f.Write(f.Allowed))
		}
		if _, twice := all[f.Name]; twice {
			return nil, fmt.Errorf("%s has two thresholds", f.Name)
		}
		t, err := f.parse(strings.TrimSpace(amount))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		all[f.Name] = t
	}
	return all, nil
}

// names lists the names of all figures.
func names() []string {
	all := make([]string, len(Figures))
	for i, f := range Figures {
		all[i] = f.Name
	}
	return all
}

// amountUnits are the units that an absolute amount may have, by what it counts.
var amountUnits = map[result.Unit]map[string]float64{
	result.Nanoseconds: {"ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9},
	result.Bytes:       {"B": 1, "kB": 1e3, "KiB": 1 << 10, "MB": 1e6, "MiB": 1 << 20, "GB": 1e9, "GiB": 1 << 30},
	result.Count:       {"": 1},
}

// examples of amounts, by what they count.
var examples = map[result.Unit]string{result.Nanoseconds: "5%, 200ns or 5%+200ns", result.Bytes: "1%, 128B or 1%+128B", result.Count: "10%, 2 or 10%+2"}

// parse reads an amount of the figure.
func (f *Figure) parse(text string) (t Threshold, err error) {
	switch {
	case text == "off":
		return Threshold{Off: true}, nil
	case f.Name == Digest && text != "0":
		return t, fmt.Errorf("%q is neither 0 nor off: a result is right or wrong", text)
	}
	var relative, absolute bool
	for _, part := range strings.Split(text, "+") {
		part = strings.TrimSpace(part)
		end := 1 + strings.LastIndexAny(part, "0123456789.")
		number, unit := part[:end], strings.TrimSpace(part[end:])
		v, err := strconv.ParseFloat(number, 64)
		if err != nil || v < 0 || math.IsInf(v, 0) || strings.ContainsAny(number, "xXpP_") {
			return t, fmt.Errorf("%q is no amount: write %s, 0 or off", text, examples[f.Unit])
		}
		factor, known := amountUnits[f.Unit][unit]
		switch {
		case unit == "%" && !relative:
			t.Relative, relative = v/100, true
		case (known || v == 0 && unit == "") && !absolute:
			t.Absolute, absolute = v*factor, true
		default:
			return t, fmt.Errorf("%q is no amount: write %s, 0 or off", text, examples[f.Unit])
		}
	}
	return t, nil
}

// Write writes an amount of the figure as thresholds have it.
func (f *Figure) Write(t Threshold) string {
	number := func(v float64) string {
		const digits = 12 // 7 % is no 7.000000000000001 %
		v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	unit := map[result.Unit]string{result.Nanoseconds: "ns", result.Bytes: "B"}[f.Unit]
	switch {
	case t.Off:
		return "off"
	case t.Relative == 0 && t.Absolute == 0:
		return "0"
	case t.Absolute == 0:
		return number(t.Relative*100) + "%"
	case t.Relative == 0:
		return number(t.Absolute) + unit
	}
	return number(t.Relative*100) + "%+" + number(t.Absolute) + unit
}

// String writes the thresholds of all figures as [ParseThresholds] reads them.
func (t Thresholds) String() string {
	all := make([]string, len(Figures))
	for i := range Figures {
		f := &Figures[i]
		all[i] = f.Name + "=" + f.Write(t.Of(f))
	}
	return strings.Join(all, ",")
}

// MarshalJSON writes the thresholds of all figures, as text.
func (t Thresholds) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Thresholds) UnmarshalJSON(text []byte) (err error) {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	*t, err = ParseThresholds(s)
	return err
}
