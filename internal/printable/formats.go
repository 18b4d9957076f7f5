package printable

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON returns JSON text in which every character shows. It is the same JSON to
// whoever reads it: what does not show can only stand within strings, and is
// written there as \u202e.
func JSON(text []byte) []byte {
	const hex = "0123456789abcdef"
	var out []byte // nil: nothing had to be changed so far
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		hidden := !shows(r) && r != '\n' && r != '\t' && r != '\r'
		if hidden && out == nil {
			out = append(make([]byte, 0, len(text)+64), text[:i]...)
		}
		switch {
		case hidden:
			for _, unit := range utf16.Encode([]rune{r}) {
				out = append(out, '\\', 'u', hex[unit>>12], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
			}
		case out != nil:
			out = append(out, text[i:i+size]...)
		}
		i += size
	}
	if out == nil {
		return text
	}
	return out
}

// number is what a spreadsheet reads as a number, which no formula is.
var number = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// CSV returns text as a cell that spreadsheets take for text: one that would
// begin a formula gets an apostrophe before it. Where a spreadsheet's separator
// is the semicolon, what follows one begins a cell, too. Numbers stay numbers.
func CSV(text string) string {
	parts := strings.Split(Line(text), ";")
	for i, p := range parts {
		first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(p, func(r rune) bool { return unicode.IsSpace(r) || r == '"' }))
		if strings.ContainsRune("=+-@＝＋－＠", first) && first != utf8.RuneError && !number.MatchString(p) {
			parts[i] = "'" + p
		}
	}
	return strings.Join(parts, ";")
}

// Markdown returns text as one line of Markdown that renders as that text: no
// emphasis, code, link, image, HTML, table column, heading or list comes of it.
func Markdown(text string) string {
	runes := []rune(Line(text))
	var b strings.Builder
	for i, r := range runes {
		if special(runes, i) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// link is what a link has, or the definition of one.
var link = regexp.MustCompile(`\][(\[:]`)

// special reports whether Markdown would act on the i-th character.
func special(text []rune, i int) bool {
	switch r := text[i]; r {
	case '\\', '`', '*', '<', '|', '~', '$', '&', '@':
		return true
	case '[', ']': // of links and their definitions; alone they are brackets
		return link.MatchString(string(text))
	case '_': // within a word it is a letter
		return !wordAt(text, i-1) || !wordAt(text, i+1)
	case ':': // http://
		return i+1 < len(text) && text[i+1] == '/'
	case '.': // www., and the number of a list
		return i+1 == 4 && strings.EqualFold(string(text[:i]), "www") || i >= 3 && strings.EqualFold(string(text[i-3:i]), "www") || listNumber(text, i)
	case ')':
		return listNumber(text, i)
	case '#':
		return i == 0 || text[i-1] == ' ' || text[i-1] == '#' || i+1 < len(text) && unicode.IsDigit(text[i+1])
	case '+', '-', '=', '>':
		return strings.TrimLeft(string(text[:i]), " ") == ""
	}
	return false
}

func wordAt(text []rune, i int) bool {
	return i >= 0 && i < len(text) && (unicode.IsLetter(text[i]) || unicode.IsDigit(text[i]))
}

// listNumber reports whether the line begins with a number that ends before i.
func listNumber(text []rune, i int) bool {
	digits := strings.TrimLeft(string(text[:i]), " ")
	return digits != "" && strings.Trim(digits, "0123456789") == "" && (i+1 == len(text) || text[i+1] == ' ')
}

// Word returns text as part of a name in the Go benchmark format, whose parts
// end at slashes and blanks. Those, and what does not show, are written as in a
// URL, so that different texts stay different.
func Word(text string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1, !shows(r), unicode.IsSpace(r), strings.ContainsRune(`%/\`, r):
			for _, c := range []byte(text[i : i+size]) {
				b.Write([]byte{'%', hex[c>>4], hex[c&15]})
			}
		default:
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}
