// Package warning has the one type of a finding that does not stop the work.
// Everything may warn; whoever talks to the user decides what is shown.
package warning

import (
	"fmt"
	"strings"
)

// Warning says what was seen, and what to do about it.
type Warning struct {
	Code    string `json:"code"`              // one word for the kind: equal codes are of one kind
	Subject string `json:"subject,omitempty"` // what it is about: an instance, a path, a strategy
	Message string `json:"message"`           // without the subject
	Remedy  string `json:"remedy"`
}

// String writes the warning as a sentence.
func (w Warning) String() string {
	if w.Subject != "" {
		return w.Subject + ": " + w.Message + "; " + w.Remedy
	}
	return w.Message + "; " + w.Remedy
}

// named is how many subjects a [Summary] names besides the first.
const named = 3

// Kind is the first warning of a kind.
type Kind struct {
	Warning
	More  int    // how many others there are
	About string // what some of these are about, with a colon before it
}

// Kinds returns the kinds that there are, in the order of their first warnings.
func Kinds(all []Warning) []Kind {
	kinds := make(map[string][]Warning)
	var order []string
	for _, w := range all {
		if kinds[w.Code] == nil {
			order = append(order, w.Code)
		}
		kinds[w.Code] = append(kinds[w.Code], w)
	}
	list := make([]Kind, len(order))
	for i, code := range order {
		others := kinds[code][1:]
		list[i] = Kind{kinds[code][0], len(others), subjects(others)}
	}
	return list
}

// Summary writes a sentence for each kind of warning: the first of it, how many
// more there are, and what some of these are about.
func Summary(all []Warning) []string {
	kinds := Kinds(all)
	lines := make([]string, len(kinds))
	for i, k := range kinds {
		if k.More > 0 {
			k.Message += fmt.Sprintf(" (and %d more of this kind%s)", k.More, k.About)
		}
		lines[i] = k.String()
	}
	return lines
}

// subjects names what warnings are about, the first few of them.
func subjects(all []Warning) string {
	var names []string
	for _, w := range all {
		switch {
		case w.Subject == "":
		case len(names) == named:
			return ": " + strings.Join(names, "; ") + "; …"
		default:
			names = append(names, w.Subject)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return ": " + strings.Join(names, "; ")
}
