package page

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// What was measured speaks English, whoever reads it later: advice, findings, reasons and
// warnings are stored as sentences. A translation takes such a sentence apart by the
// pattern that it was written with, and says it anew. What has no pattern (the name of a
// strategy, the error of a system) stays as it is.

// phrase is a pattern of sentences in English, with the verbs of package fmt, and what it
// is in another language, which may name the figures by their number.
type phrase struct{ english, other string }

// pattern is a phrase that is ready to be looked for.
type pattern struct {
	match   [2]*regexp.Regexp // with as little text in the first figures as there can be, and with as much
	said    string
	figures []bool // whether it is a number
	begins  bool   // with fixed text
	weight  int    // how much of it is fixed
}

// translator knows a language's phrases.
type translator struct {
	terms    map[string]string
	patterns []pattern
	lists    [][2]string // what parts members of a list, in English and in the language
}

// translators are those of the languages that are not English.
var translators = map[Language]func() *translator{
	Japanese: sync.OnceValue(func() *translator {
		return newTranslator(japanese, japanesePhrases, [][2]string{{"; ", "；"}, {", ", "、"}})
	}),
}

var verbs = regexp.MustCompile(`%[-+#0-9.]*[a-z]|%%`)

func newTranslator(sentences map[string]string, phrases []phrase, lists [][2]string) *translator {
	t := &translator{terms: map[string]string{}, lists: lists}
	for key, said := range sentences {
		if kind, name, _ := strings.Cut(key, "."); kind == "factor" || kind == "phase" || kind == "boundby" {
			t.terms[name] = said
		}
	}
	for _, p := range phrases {
		if !strings.Contains(p.english, "%") {
			t.terms[p.english] = p.other
			continue
		}
		t.patterns = append(t.patterns, newPattern(p))
	}
	// The others may find any beginning in their first figure.
	slices.SortStableFunc(t.patterns, func(a, b pattern) int {
		if a.begins != b.begins {
			return map[bool]int{true: -1, false: 1}[a.begins]
		}
		return cmp.Compare(b.weight, a.weight)
	})
	return t
}

// newPattern compiles a phrase.
func newPattern(p phrase) pattern {
	const some = "\x00" // text of any kind
	found, at := pattern{said: p.other}, 0
	var text strings.Builder
	for _, verb := range verbs.FindAllStringIndex(p.english, -1) {
		fixed := p.english[at:verb[0]]
		found.weight += len(fixed)
		text.WriteString(regexp.QuoteMeta(fixed))
		switch kind := p.english[verb[1]-1]; kind {
		case '%':
			text.WriteString("%")
		case 's', 'v', 'q':
			text.WriteString(some)
			found.figures = append(found.figures, false)
		default:
			text.WriteString(`([-+−]?[0-9][0-9.,e+-]*|[-+]?Inf|NaN)`)
			found.figures = append(found.figures, true)
		}
		at = verb[1]
	}
	found.weight += len(p.english[at:])
	text.WriteString(regexp.QuoteMeta(p.english[at:]))
	found.begins = !strings.HasPrefix(p.english, "%")
	for i, greed := range []string{"?", ""} {
		found.match[i] = regexp.MustCompile(`(?s)^` + strings.ReplaceAll(text.String(), some, "(.+"+greed+")") + `$`)
	}
	return found
}

// translate says in the language what a measurement says in English.
func (l Language) translate(text string) string {
	if make := translators[l]; make != nil {
		return make().say(text, mostNested)
	}
	return text
}

// mostNested is how deep a sentence may be put together from others.
const mostNested = 8

func (t *translator) say(text string, deep int) string {
	if said, ok := t.terms[text]; ok || deep == 0 || text == "" {
		if ok {
			return said
		}
		return text
	}
	for i := range t.patterns {
		p := &t.patterns[i]
		found := p.find(text)
		if found == nil {
			continue
		}
		figures := make([]any, len(found))
		for k, figure := range found {
			if figures[k] = figure; !p.figures[k] {
				figures[k] = t.say(figure, deep-1)
			}
		}
		return fmt.Sprintf(p.said, figures...)
	}
	for _, separator := range t.lists {
		if said, ok := t.each(members(text, separator[0]), deep-1); ok {
			return strings.Join(said, separator[1])
		}
	}
	return text
}

// find returns the figures of a text, nil if it is not of the pattern.
func (p *pattern) find(text string) []string {
	for _, match := range p.match {
		if found := match.FindStringSubmatch(text); found != nil && !slices.ContainsFunc(found[1:], torn) {
			return found[1:]
		}
	}
	return nil
}

// each says the members of a list; false if none of them is known.
func (t *translator) each(parts []string, deep int) (all []string, known bool) {
	if len(parts) == 1 {
		return nil, false
	}
	for _, part := range parts {
		said := t.say(part, deep)
		all, known = append(all, said), known || said != part
	}
	return all, known
}

// torn reports whether a text has the end of brackets without their beginning, or the other
// way round: then it is not what a pattern means.
func torn(text string) bool {
	depth := 0
	for _, r := range text {
		if depth += nesting(r); depth < 0 {
			return true
		}
	}
	return depth != 0
}

// nesting is by how much a character opens brackets.
func nesting(r rune) int {
	switch r {
	case '(', '[':
		return 1
	case ')', ']':
		return -1
	}
	return 0
}

// members splits a list at separators that are in no brackets.
func members(text, separator string) (all []string) {
	depth, from := 0, 0
	for i, r := range text {
		depth += nesting(r)
		if depth == 0 && i >= from && strings.HasPrefix(text[i:], separator) {
			all, from = append(all, text[from:i]), i+len(separator)
		}
	}
	return append(all, text[from:])
}
