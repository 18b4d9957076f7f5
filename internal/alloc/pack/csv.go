package pack

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Named is a buffer of a file with the name the file gives it.
type Named struct {
	ID     string
	Offset int // the offset that the file states, -1 if it states none
	Buffer
}

// columns of the format; aliases are names that other tools and older files
// give them. An "end" column holds the last moment of life, not the one after.
var columns = map[string]string{
	"id": "id", "buffer": "id", "buffer_id": "id",
	"lower": "lower", "begin": "lower", "start": "lower",
	"upper": "upper", "end": "end",
	"size": "size", "offset": "offset", "alignment": "alignment", "gaps": "gaps", "hint": "hint",
}

// ReadCSV reads buffers in the format of MiniMalloc: a header, then one row per
// buffer with the columns id, lower, upper and size, in the order the header
// names them. Optional columns: offset (of a solution), alignment (only 1, as
// plans align all buffers alike), gaps (only empty) and hint (ignored).
// Errors name line and column.
func ReadCSV(r io.Reader) ([]Named, error) {
	in := csv.NewReader(r)
	in.TrimLeadingSpace = true
	in.ReuseRecord = true
	header, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty: want a header such as id,lower,upper,size")
	}
	if err != nil {
		return nil, err
	}
	at, err := columnsOf(header)
	if err != nil {
		line, _ := in.FieldPos(0)
		return nil, fmt.Errorf("line %d: %w", line, err)
	}
	var buffers []Named
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return buffers, nil
		}
		if err != nil {
			return nil, err
		}
		b, column, err := parseRow(row, at)
		if err != nil {
			field := max(at[column], 0)
			line, _ := in.FieldPos(field)
			return nil, fmt.Errorf("line %d, column %q: %w", line, column, err)
		}
		buffers = append(buffers, b)
	}
}

// columnsOf maps the columns that a header names to their positions.
func columnsOf(header []string) (map[string]int, error) {
	at := make(map[string]int)
	for i, cell := range header {
		cell = strings.TrimPrefix(cell, "\ufeff") // some spreadsheets write a byte order mark
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
	return at, nil
}

// parseRow parses one row. On an error it also returns the column it is in.
func parseRow(row []string, at map[string]int) (b Named, column string, err error) {
	b.ID = strings.Clone(strings.TrimSpace(row[at["id"]]))
	b.Offset = -1
	for _, field := range []struct {
		column string
		into   *int
	}{
		{"lower", &b.Lower}, {"upper", &b.Upper}, {"end", &b.Upper}, {"size", &b.Size}, {"offset", &b.Offset},
	} {
		i, ok := at[field.column]
		if !ok {
			continue
		}
		if *field.into, err = parseInt(row[i]); err != nil {
			return b, field.column, err
		}
	}
	if column, err := refuseExtras(row, at); err != nil {
		return b, column, err
	}
	upper := "upper"
	if _, ok := at["end"]; ok {
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
	case b.Offset < -1, b.Offset == -1 && hasColumn(at, "offset"):
		return b, "offset", fmt.Errorf("%d is negative", b.Offset)
	}
	return b, "", nil
}

func hasColumn(at map[string]int, name string) bool {
	_, ok := at[name]
	return ok
}

// refuseExtras refuses what optional columns may ask for and plans can't give.
func refuseExtras(row []string, at map[string]int) (column string, err error) {
	if i, ok := at["alignment"]; ok {
		a, err := parseInt(row[i])
		if err != nil {
			return "alignment", err
		}
		if a != 1 {
			return "alignment", fmt.Errorf("alignment %d of a single buffer is not supported: only 1, or one alignment for all", a)
		}
	}
	if i, ok := at["gaps"]; ok && strings.TrimSpace(row[i]) != "" {
		return "gaps", fmt.Errorf("gaps %q in a lifetime are not supported: split the buffer", row[i])
	}
	return "", nil
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
