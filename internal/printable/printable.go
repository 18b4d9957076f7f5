// Package printable makes text from outside fit for where it goes. Names come
// from files, their content and the command line; to whoever shows them they are
// data: they must not move a cursor, turn the direction of writing, hide, or act
// as markup or formula. Everything that writes for people or for other programs
// calls this package where it writes, so that no source needs to be trusted.
package printable

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shows reports whether a terminal shows r as a character in its place: letters,
// marks, numbers, punctuation, symbols, spaces. Control characters, marks of
// direction, and what has no width are not among them.
func shows(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r < 0x7f
	}
	return (unicode.IsPrint(r) || unicode.Is(unicode.Zs, r)) &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Line returns text as one line in which every character shows: what does not
// is written as Go writes it in a string literal (\n, \x1b, \u202e, \xff). A
// backslash that is there stays as it is, so that paths read well.
func Line(text string) string { return escape(text, "") }

// Lines is [Line] for text of several lines: newlines and tabs stay.
func Lines(text string) string { return escape(text, "\n\t") }

func escape(text, keep string) string {
	var b strings.Builder
	done := 0 // bytes of text that are in b
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if bad := r == utf8.RuneError && size == 1; bad || !shows(r) && !strings.ContainsRune(keep, r) {
			b.WriteString(text[done:i])
			quoted := strconv.Quote(text[i : i+size])
			if unicode.IsPrint(r) && !bad { // it takes no room, but Quote lets it through
				quoted = strconv.QuoteToASCII(text[i : i+size])
			}
			b.WriteString(quoted[1 : len(quoted)-1])
			done = i + size
		}
		i += size
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}
