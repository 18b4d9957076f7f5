package instance

import (
	"fmt"
	"strings"
	"unicode"
)

// network is what a format string says: the labels of each tensor.
type network struct {
	names  []rune
	inputs [][]Label
	output []Label
}

// IsLabel reports whether r can be written as a label: a letter or digit of
// ASCII, or any code point from U+00A1 on. More than letters are needed, since
// exporters number labels through Unicode without looking: public instances
// use digits, the multiplication sign and the unassigned U+03A2.
func IsLabel(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
		r > '\u00a0' && r <= unicode.MaxRune && (r < 0xd800 || r > 0xdfff)
}

// Symbols returns n distinct letters to name labels with: the ASCII letters,
// then the others of Unicode from U+00C0 on, in order.
func Symbols(n int) ([]rune, error) {
	symbols := []rune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	symbols = symbols[:min(n, len(symbols))]
	for r := '\u00c0'; len(symbols) < n && r <= unicode.MaxRune; r++ {
		if unicode.IsLetter(r) {
			symbols = append(symbols, r)
		}
	}
	if len(symbols) < n {
		return nil, fmt.Errorf("%d labels are more than the %d letters of Unicode that can name them", n, len(symbols))
	}
	return symbols, nil
}

// parseFormat reads a format string such as "ab,bc->ac". ASCII white space is
// left out.
func parseFormat(field, format string) (network, error) {
	left, right, err := splitFormat(field, format)
	if err != nil {
		return network{}, err
	}
	tensors := 1 + strings.Count(left, ",")
	n := network{inputs: make([][]Label, 0, tensors)}
	flat := make([]Label, 0, len(left)-tensors+1) // one label takes at least one byte
	numbers := make(map[rune]Label)
	start := 0
	end := func() {
		n.inputs = append(n.inputs, flat[start:len(flat):len(flat)])
		start = len(flat)
	}
	for _, r := range left {
		switch {
		case r == ',':
			end()
			continue
		case isSpace(r):
			continue
		case !IsLabel(r):
			return n, badLabel(field, fmt.Sprintf("tensor %d", len(n.inputs)), r)
		}
		l, known := numbers[r]
		if !known {
			l = Label(len(n.names))
			numbers[r] = l
			n.names = append(n.names, r)
		}
		flat = append(flat, l)
	}
	end()
	n.output, err = parseOutput(field, right, numbers)
	return n, err
}

// parseOutput reads the right side of a format string.
func parseOutput(field, right string, numbers map[rune]Label) ([]Label, error) {
	output := []Label{}
	for _, r := range right {
		switch {
		case r == ',':
			return nil, defect(field, "write one output after \"->\"", "more than one output %q", shorten(right))
		case isSpace(r):
			continue
		case !IsLabel(r):
			return nil, badLabel(field, "the output", r)
		}
		l, known := numbers[r]
		if !known {
			return nil, defect(field, "", "output label %q is in no tensor", string(r))
		}
		output = append(output, l)
	}
	return output, nil
}

// splitFormat returns the two sides of the arrow.
func splitFormat(field, format string) (left, right string, err error) {
	const remedy = `write the inputs, "->" and the output, as in "ab,bc->ac"`
	switch n := strings.Count(format, "->"); {
	case n == 0:
		return "", "", defect(field, remedy, `no "->" in %q`, shorten(format))
	case n > 1:
		return "", "", defect(field, remedy, `%d times "->" in %q`, n, shorten(format))
	}
	left, right, _ = strings.Cut(format, "->")
	return left, right, nil
}

func badLabel(field, where string, r rune) error {
	remedy := "labels are letters or digits"
	if r == '.' {
		remedy = "ellipses are not supported: write every label"
	}
	return defect(field, remedy, "%s has the character %q (%U), which is no label", where, r, r)
}

func isSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }

// Spell returns labels as they are written in a format string.
func (in *Instance) Spell(labels []Label) string { return spell(in.Names, labels) }

func spell(names []rune, labels []Label) string {
	runes := make([]rune, len(labels))
	for i, l := range labels {
		runes[i] = names[l]
	}
	return string(runes)
}
