package instance

import (
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// cursor walks JSON text that is known to be well formed and UTF-8, so that
// all it can find wrong is the type of a value. One pass over the text without
// an allocation per number is what lets files of a million tensors load fast.
type cursor struct {
	data []byte
	pos  int
}

// peek returns the next byte that is not white space, and stays before it.
func (c *cursor) peek() byte {
	for {
		switch b := c.data[c.pos]; b {
		case ' ', '\t', '\n', '\r':
			c.pos++
		default:
			return b
		}
	}
}

// take steps over the next byte that is not white space if it is b.
func (c *cursor) take(b byte) bool {
	if c.peek() != b {
		return false
	}
	c.pos++
	return true
}

// wrong returns a defect of the next value: something else was wanted.
func (c *cursor) wrong(field, want string) error {
	have := "a number"
	switch c.peek() {
	case '{':
		have = "an object"
	case '[':
		have = "an array"
	case '"':
		have = "a string"
	case 't', 'f':
		have = "a boolean"
	case 'n':
		have = "null"
	}
	return defect(field, remedies[field], "want %s, have %s", want, have).at(c.data, c.pos)
}

// object calls visit before each value of the next object; visit must step
// over the value.
func (c *cursor) object(field string, visit func(key string) error) error {
	if c.peek() != '{' {
		return c.wrong(field, "an object")
	}
	c.pos++
	for !c.take('}') {
		key, err := c.text(field)
		if err != nil {
			return err
		}
		c.take(':')
		if err := visit(key); err != nil {
			return err
		}
		c.take(',')
	}
	return nil
}

// text reads the next string. Half of a surrogate pair is a defect: replacing
// it, as is usual, would make different labels the same.
func (c *cursor) text(field string) (string, error) {
	if c.peek() != '"' {
		return "", c.wrong(field, "a string")
	}
	c.pos++
	start := c.pos
	for c.data[c.pos] != '"' && c.data[c.pos] != '\\' {
		c.pos++
	}
	s := c.data[start:c.pos:c.pos] // grows by copying, never into the file's text
	for c.data[c.pos] != '"' {
		if c.data[c.pos] != '\\' {
			s = append(s, c.data[c.pos])
			c.pos++
			continue
		}
		r := c.escape()
		if utf16.IsSurrogate(r) {
			return "", defect(field, "", "half of a surrogate pair %s", c.data[c.pos-6:c.pos]).at(c.data, c.pos-6)
		}
		s = utf8.AppendRune(s, r)
	}
	c.pos++
	return string(s), nil
}

// escape reads one escape sequence, or two that form a surrogate pair. Half of
// a pair is returned as it is.
func (c *cursor) escape() rune {
	b := c.data[c.pos+1]
	c.pos += 2
	switch b {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'u':
		r := c.hex(c.pos)
		c.pos += 4
		if utf16.IsSurrogate(r) && c.data[c.pos] == '\\' && c.data[c.pos+1] == 'u' {
			if pair := utf16.DecodeRune(r, c.hex(c.pos+2)); pair != utf8.RuneError {
				c.pos += 6
				return pair
			}
		}
		return r
	}
	return rune(b) // ", \ and / stand for themselves
}

// hex returns the value of the four hexadecimal digits at offset at.
func (c *cursor) hex(at int) rune {
	v, _ := strconv.ParseUint(string(c.data[at:at+4]), 16, 16) // well formed: checked before
	return rune(v)
}

// real reads the next number as a double.
func (c *cursor) real(field string) (float64, error) {
	lit, ok := c.number()
	if !ok {
		return 0, c.wrong(field, "a number")
	}
	v, err := strconv.ParseFloat(string(lit), 64)
	if err != nil {
		return 0, defect(field, "", "%s is beyond double precision", shorten(string(lit))).at(c.data, c.pos-len(lit))
	}
	return v, nil
}

// whole reads the next number as an int.
func (c *cursor) whole(field string) (int, error) {
	lit, ok := c.number()
	if !ok {
		return 0, c.wrong(field, "a whole number")
	}
	if v, ok := smallWhole(lit); ok {
		return v, nil
	}
	at := c.pos - len(lit)
	v, err := strconv.Atoi(string(lit))
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, defect(field, "", "%s overflows 64 bits", shorten(string(lit))).at(c.data, at)
	case err != nil:
		return 0, defect(field, "", "want a whole number, have %s", shorten(string(lit))).at(c.data, at)
	}
	return v, nil
}

// smallWhole returns the value of a literal of a few digits, which nearly all are.
func smallWhole(lit []byte) (v int, ok bool) {
	if len(lit) > 9 {
		return 0, false
	}
	for _, b := range lit {
		if b < '0' || b > '9' {
			return 0, false
		}
		v = v*10 + int(b-'0')
	}
	return v, true
}

// number steps over the next value if it is a number and returns its text.
func (c *cursor) number() ([]byte, bool) {
	if b := c.peek(); b != '-' && (b < '0' || b > '9') {
		return nil, false
	}
	start := c.pos
	for c.pos < len(c.data) {
		switch b := c.data[c.pos]; {
		case b >= '0' && b <= '9', b == '-', b == '+', b == '.', b == 'e', b == 'E':
			c.pos++
		default:
			return c.data[start:c.pos], true
		}
	}
	return c.data[start:c.pos], true
}

// rows is an array of arrays of whole numbers in two flat slices.
type rows struct {
	flat []int
	ends []int // ends[i] is where row i ends in flat
}

func (r *rows) len() int { return len(r.ends) }

func (r *rows) row(i int) []int {
	start := 0
	if i > 0 {
		start = r.ends[i-1]
	}
	return r.flat[start:r.ends[i]:r.ends[i]]
}

// rows reads the next value, an array of arrays of whole numbers.
func (c *cursor) rows(field string) (rows, error) {
	var r rows
	if !c.take('[') {
		return r, c.wrong(field, "an array of arrays")
	}
	for !c.take(']') {
		if !c.take('[') {
			return r, c.wrong(element(field, r.len()), "an array")
		}
		for !c.take(']') {
			v, err := c.whole("")
			if err != nil {
				err.(*Error).Field = element(field, r.len()) // named late: formatting a million names costs seconds
				return r, err
			}
			r.flat = append(r.flat, v)
			c.take(',')
		}
		r.ends = append(r.ends, len(r.flat))
		c.take(',')
	}
	return r, nil
}

// skip steps over the next value.
func (c *cursor) skip() {
	for depth := 0; ; {
		switch c.peek() {
		case '{', '[':
			depth++
			c.pos++
		case '}', ']':
			depth--
			c.pos++
		case '"':
			c.skipText()
		case ',', ':':
			c.pos++
			continue
		default:
			c.skipWord()
		}
		if depth == 0 {
			return
		}
	}
}

func (c *cursor) skipText() {
	for c.pos++; c.data[c.pos] != '"'; c.pos++ {
		if c.data[c.pos] == '\\' {
			c.pos++
		}
	}
	c.pos++
}

// skipWord steps over a number, true, false or null.
func (c *cursor) skipWord() {
	for ; c.pos < len(c.data); c.pos++ {
		switch c.data[c.pos] {
		case ',', ']', '}', ' ', '\t', '\n', '\r':
			return
		}
	}
}

func element(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }

// shorten cuts a text that is quoted in a message to a readable length.
func shorten(s string) string {
	const most = 40
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
