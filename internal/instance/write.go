package instance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"tnbench/internal/printable"
)

// Write writes the instance as the JSON that Parse reads, with the column-major
// twin that the suite's other programs want. The same instance gives the same
// bytes. Costs that are not finite are left out. It fails before it writes
// anything if the instance could not be read back.
func (in *Instance) Write(w io.Writer) error {
	if err := in.checkWritable(); err != nil {
		return err
	}
	b := bufio.NewWriter(w) // keeps the first error for Flush
	fmt.Fprintf(b, "{\n  \"name\": %s,\n  \"format_string\": %s,\n", quote(in.Name), quote(in.format(false)))
	in.writeShapes(b, "shapes", false)
	fmt.Fprintf(b, ",\n  \"dtype\": %s,\n  \"num_tensors\": %d,\n  \"paths\": {", quote(in.DType.String()), len(in.Inputs))
	for i, p := range in.Paths {
		writePath(b, p, i == 0)
	}
	fmt.Fprintf(b, "\n  },\n  \"format_string_rowmajor\": %s,\n  \"format_string_colmajor\": %s,\n", quote(in.format(false)), quote(in.format(true)))
	in.writeShapes(b, "shapes_colmajor", true)
	b.WriteString("\n}\n")
	return b.Flush()
}

// checkWritable makes sure that what Write writes can be read back as the same
// instance.
func (in *Instance) checkWritable() error {
	if err := in.Check(); err != nil {
		return err
	}
	if err := checkName("name", in.Name); err != nil {
		return in.named(err)
	}
	for i, p := range in.Paths {
		if err := checkName("paths", p.Name); err != nil {
			return in.named(err)
		}
		if slices.ContainsFunc(in.Paths[:i], func(q Path) bool { return q.Name == p.Name }) {
			return in.named(defect("paths", "", "two paths are called %q", p.Name))
		}
	}
	seen := make(map[rune]bool, len(in.Names))
	for l, r := range in.Names {
		if !IsLabel(r) {
			return in.named(badLabel("format_string", fmt.Sprintf("label number %d", l), r))
		}
		if seen[r] {
			return in.named(defect("format_string", "give each label a name of its own", "two labels are called %q", string(r)))
		}
		seen[r] = true
	}
	return nil
}

// format returns the format string, or that of the column-major twin.
func (in *Instance) format(reversed bool) string {
	var b bytes.Buffer
	spell := func(labels []Label) {
		for i := range labels {
			if reversed {
				i = len(labels) - 1 - i
			}
			b.WriteRune(in.Names[labels[i]])
		}
	}
	for t, labels := range in.Inputs {
		if t > 0 {
			b.WriteByte(',')
		}
		spell(labels)
	}
	b.WriteString("->")
	spell(in.Output)
	return b.String()
}

func (in *Instance) writeShapes(b *bufio.Writer, field string, reversed bool) {
	fmt.Fprintf(b, "  %s: ", quote(field))
	writeRows(b, "    ", len(in.Inputs), func(row []int, t int) []int {
		for _, l := range in.Inputs[t] {
			row = append(row, in.Dims[l])
		}
		if reversed {
			slices.Reverse(row)
		}
		return row
	})
}

func writePath(b *bufio.Writer, p Path, first bool) {
	if !first {
		b.WriteByte(',')
	}
	fmt.Fprintf(b, "\n    %s: {\n      \"path\": ", quote(p.Name))
	if len(p.Pairs) == 0 {
		b.WriteString("[[0]]") // as opt_einsum writes the path of a lone tensor
	} else {
		writeRows(b, "        ", len(p.Pairs), func(row []int, i int) []int { return append(row, p.Pairs[i][:]...) })
	}
	writeCost(b, "log2_size", p.Log2Size)
	writeCost(b, "log10_flops", p.Log10Flops)
	b.WriteString("\n    }")
}

func writeCost(b *bufio.Writer, field string, cost float64) {
	if math.IsNaN(cost) || math.IsInf(cost, 0) {
		return
	}
	fmt.Fprintf(b, ",\n      %s: %s", quote(field), strconv.FormatFloat(cost, 'g', -1, 64))
}

// writeRows writes n rows of numbers, as many to a line as fit. row appends row
// i to an empty slice.
func writeRows(b *bufio.Writer, indent string, n int, row func(empty []int, i int) []int) {
	const width = 100
	var text []byte
	var numbers []int
	column := width // so that the first row starts a line
	b.WriteByte('[')
	for i := range n {
		numbers = row(numbers[:0], i)
		text = appendRow(text[:0], numbers)
		if i > 0 {
			b.WriteByte(',')
			column++
		}
		if column+1+len(text) >= width {
			b.WriteString("\n" + indent)
			column = len(indent)
		} else {
			b.WriteByte(' ')
			column++
		}
		b.Write(text)
		column += len(text)
	}
	b.WriteString("\n" + indent[2:] + "]")
}

func appendRow(text []byte, row []int) []byte {
	text = append(text, '[')
	for i, v := range row {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = strconv.AppendInt(text, int64(v), 10)
	}
	return append(text, ']')
}

// quote returns s as a JSON string in which every character shows, with <, > and
// & as they are.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("instance: encoding a string: " + err.Error()) // strings always encode
	}
	return string(printable.JSON(bytes.TrimSuffix(b.Bytes(), []byte("\n"))))
}
