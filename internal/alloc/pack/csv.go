package pack

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"tnbench/internal/printable"
)

// Named is a buffer of a file with what the file says of it.
type Named struct {
	ID string
	Buffer
	Line int // of its row in the file

	table *table // the file, shared by all its buffers
	cells []string
}

// table is what a file says once.
type table struct {
	header []string
	at     map[string]int // positions of the columns, by the names of columns
}

// columns of the format; aliases are names that other tools and older files
// give them. An "end" column holds the last moment of life, not the one after,
// and so do gaps beside it.
var columns = map[string]string{
	"id": "id", "buffer": "id", "buffer_id": "id",
	"lower": "lower", "begin": "lower", "start": "lower",
	"upper": "upper", "end": "end",
	"size": "size", "offset": "offset", "alignment": "alignment", "gaps": "gaps", "hint": "hint",
}

// ReadCSV reads buffers in the format of MiniMalloc: a header, then one row per
// buffer with the columns id, lower, upper and size, in the order the header
// names them. Optional columns, in which a cell may be empty: offset (that the
// buffer must have), hint (an offset that may be good; negative: none),
// alignment, and gaps: "lower-upper" for a time in which the buffer needs no
// bytes, "lower-upper@from:to" for one in which it needs the bytes [from, to) of
// its own, separated by spaces.
//
// The buffers are valid (see [Validate]), and those with offsets don't overlap.
// Errors name line and column.
func ReadCSV(r io.Reader) ([]Named, error) {
	in := csv.NewReader(r)
	in.TrimLeadingSpace = true
	header, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty: want a header such as id,lower,upper,size")
	}
	if err != nil {
		return nil, err
	}
	t, err := newTable(header)
	if err != nil {
		line, _ := in.FieldPos(0)
		return nil, fmt.Errorf("line %d: %w", line, err)
	}
	var buffers []Named
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return buffers, validateNamed(buffers)
		}
		if err != nil {
			return nil, err
		}
		b, column, err := t.parseRow(row)
		if err != nil {
			line, _ := in.FieldPos(t.at[column])
			return nil, fmt.Errorf("line %d, column %q: %w", line, column, err)
		}
		b.Line, _ = in.FieldPos(0)
		buffers = append(buffers, b)
	}
}

// Buffers returns the buffers without their names.
func Buffers(named []Named) []Buffer {
	buffers := make([]Buffer, len(named))
	for i := range named {
		buffers[i] = named[i].Buffer
	}
	return buffers
}

// WriteCSV writes a plan of buffers that were read from a file: the rows of the
// file with all their columns, and the offset of each buffer. Spreadsheets take
// the names for text.
func WriteCSV(w io.Writer, named []Named, plan Plan) error {
	out := csv.NewWriter(w)
	for i, b := range named {
		t, row := b.table, slices.Clone(b.cells)
		if t == nil {
			t, row = plainTable, []string{b.ID, strconv.Itoa(b.Lower), strconv.Itoa(b.Upper), strconv.Itoa(b.Size)}
		}
		row[t.at["id"]] = printable.CSV(b.ID)
		header := t.header
		offset := strconv.Itoa(plan.Offsets[i])
		if at, ok := t.at["offset"]; ok {
			row[at] = offset
		} else {
			header, row = append(slices.Clone(header), "offset"), append(row, offset)
		}
		if i == 0 {
			out.Write(header) // its error stays for the end
		}
		out.Write(row)
	}
	if len(named) == 0 {
		out.Write(append(slices.Clone(plainTable.header), "offset"))
	}
	out.Flush()
	return out.Error()
}

// plainTable is that of buffers that come from no file.
var plainTable = &table{header: []string{"id", "lower", "upper", "size"}, at: map[string]int{"id": 0}}

// validateNamed names the line of a buffer that contradicts others.
func validateNamed(named []Named) error {
	buffers := Buffers(named)
	err := Validate(buffers, 1)
	if err == nil {
		err = checkFixed(buffers)
	}
	var of *BufferError
	if !errors.As(err, &of) {
		return err
	}
	b := &named[of.Index]
	var fixed *FixedError
	if errors.As(of.Reason(), &fixed) {
		other := &named[fixed.With]
		return fmt.Errorf("line %d, column \"offset\": buffer %q and buffer %q of line %d overlap: %s; empty one of the offsets",
			b.Line, b.ID, other.ID, other.Line, fixed.Where())
	}
	return fmt.Errorf("line %d: buffer %q: %w", b.Line, b.ID, of.Reason())
}

// newTable maps the columns that a header names to their positions.
func newTable(header []string) (*table, error) {
	at := make(map[string]int)
	header[0] = strings.TrimPrefix(header[0], "\ufeff") // some spreadsheets write a byte order mark
	for i, cell := range header {
		name, ok := columns[strings.ToLower(strings.TrimSpace(cell))]
		if !ok {
			return nil, fmt.Errorf("unknown column %q: known are id, lower, upper, size, offset, alignment, gaps, hint", cell)
		}
		if _, twice := at[name]; twice {
			return nil, fmt.Errorf("column %q comes twice", cell)
		}
		at[name] = i
	}
	_, upper := at["upper"]
	_, end := at["end"]
	if upper && end {
		return nil, errors.New(`columns "upper" and "end" exclude each other`)
	}
	for _, name := range []string{"id", "lower", "size"} {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("column %q is missing", name)
		}
	}
	if !upper && !end {
		return nil, errors.New(`column "upper" is missing`)
	}
	return &table{header, at}, nil
}

// cell returns what row says in a column, "" if the file lacks it.
func (t *table) cell(row []string, column string) string {
	if i, ok := t.at[column]; ok {
		return strings.TrimSpace(row[i])
	}
	return ""
}

// parseRow parses one row. On an error it also returns the column it is in.
func (t *table) parseRow(row []string) (b Named, column string, err error) {
	b = Named{ID: t.cell(row, "id"), table: t, cells: row}
	for _, field := range []struct {
		column string
		into   *int
	}{
		{"lower", &b.Lower}, {"upper", &b.Upper}, {"end", &b.Upper}, {"size", &b.Size},
	} {
		if i, ok := t.at[field.column]; ok {
			if *field.into, err = parseInt(row[i]); err != nil {
				return b, field.column, err
			}
		}
	}
	upper := "upper"
	if _, ok := t.at["end"]; ok {
		upper = "end"
		if b.Upper == math.MaxInt {
			return b, upper, fmt.Errorf("%d is out of range", b.Upper)
		}
		b.Upper++
	}
	switch {
	case b.Upper <= b.Lower:
		return b, upper, fmt.Errorf("the lifetime [%d, %d) of %q is empty", b.Lower, b.Upper, b.ID)
	case b.Size < 0:
		return b, "size", fmt.Errorf("%d is negative", b.Size)
	}
	column, err = t.parseRules(&b, upper == "end")
	return b, column, err
}

// parseRules parses the optional columns of a row. inclusive says that the gaps'
// ends are their last moments.
func (t *table) parseRules(b *Named, inclusive bool) (column string, err error) {
	var r Rules
	if text := t.cell(b.cells, "alignment"); text != "" {
		if r.Align, err = parseInt(text); err == nil && r.Align < 1 {
			err = fmt.Errorf("%d is no alignment: want 1 (any offset) or more", r.Align)
		}
		if err != nil {
			return "alignment", err
		}
	}
	if r.Gaps, err = parseGaps(t.cell(b.cells, "gaps"), b.Size, inclusive); err != nil {
		return "gaps", err
	}
	if r.Hint, err = parseOptional(t.cell(b.cells, "hint")); err != nil {
		return "hint", err
	}
	if r.Hint != nil && *r.Hint < 0 {
		r.Hint = nil
	}
	if r.Fixed, err = parseOptional(t.cell(b.cells, "offset")); err != nil {
		return "offset", err
	}
	if r.Fixed != nil {
		switch f := *r.Fixed; {
		case f < 0:
			return "offset", fmt.Errorf("%d is negative: leave the cell empty where any offset will do", f)
		case f%max(r.Align, 1) != 0:
			return "offset", fmt.Errorf("%d is not a multiple of the alignment %d", f, r.Align)
		case f > math.MaxInt-b.Size:
			return "offset", fmt.Errorf("offset %d and size %d are more than can be counted", f, b.Size)
		}
	}
	if r.Align > 1 || len(r.Gaps) > 0 || r.Hint != nil || r.Fixed != nil {
		b.Rules = &r
	}
	return "", nil
}

// parseOptional parses a cell that may be empty.
func parseOptional(text string) (*int, error) {
	if text == "" {
		return nil, nil
	}
	v, err := parseInt(text)
	return &v, err
}

// parseGaps parses gaps such as "3-5 7-9@0:16" of a buffer.
func parseGaps(text string, size int, inclusive bool) (gaps []Gap, err error) {
	for _, field := range strings.Fields(text) {
		g, err := parseGap(field, inclusive)
		if err != nil {
			return nil, err
		}
		if g.From < 0 || g.To < g.From || g.To > size {
			return nil, fmt.Errorf("the bytes [%d, %d) of gap %q are not within the size %d", g.From, g.To, field, size)
		}
		gaps = append(gaps, g)
	}
	slices.SortFunc(gaps, func(a, b Gap) int { return cmp.Compare(a.Lower, b.Lower) })
	for k := 1; k < len(gaps); k++ {
		if a, b := gaps[k-1], gaps[k]; b.Lower < a.Upper {
			return nil, fmt.Errorf("gaps [%d, %d) and [%d, %d) overlap: join or shorten them", a.Lower, a.Upper, b.Lower, b.Upper)
		}
	}
	return gaps, nil
}

func parseGap(field string, inclusive bool) (g Gap, err error) {
	time, window, windowed := strings.Cut(field, "@")
	if g.Lower, g.Upper, err = parsePair(time, "-"); err == nil && windowed {
		g.From, g.To, err = parsePair(window, ":")
	}
	if err != nil {
		return g, fmt.Errorf("gap %q: %w: want lower-upper or lower-upper@from:to, such as 3-5 or 3-5@0:16", field, err)
	}
	if inclusive {
		if g.Upper == math.MaxInt {
			return g, fmt.Errorf("gap %q: %d is out of range", field, g.Upper)
		}
		g.Upper++
	}
	if g.Upper <= g.Lower {
		return g, fmt.Errorf("gap %q is empty: [%d, %d)", field, g.Lower, g.Upper)
	}
	return g, nil
}

// parsePair parses two integers, of which the first may have a sign.
func parsePair(text, separator string) (a, b int, err error) {
	at := strings.Index(text[min(1, len(text)):], separator) + 1
	if at < 1 {
		return 0, 0, fmt.Errorf("%q lacks a %q", text, separator)
	}
	if a, err = parseInt(text[:at]); err == nil {
		b, err = parseInt(text[at+1:])
	}
	return a, b, err
}

func parseInt(s string) (int, error) {
	v, err := strconv.Atoi(strings.TrimSpace(s))
	if errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("%q is out of range", s)
	}
	if err != nil {
		return 0, fmt.Errorf("%q is not an integer", s)
	}
	return v, nil
}
