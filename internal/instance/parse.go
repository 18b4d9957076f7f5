package instance

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"tnbench/internal/dtype"
)

// Parse reads an instance from the JSON of the public strided-rs benchmark
// suite. It keeps no part of data. file is used in errors and becomes
// Instance.Source. Unknown keys are ignored; of duplicate keys the last counts.
// Its errors are [*Error].
func Parse(file string, data []byte) (*Instance, error) {
	in, err := parse(bytes.TrimPrefix(data, []byte("\ufeff")))
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			e.File = file
		}
		return nil, err
	}
	for i := range in.Warnings {
		in.Warnings[i].Subject = file
	}
	in.Source, in.Hash = file, fmt.Sprintf("%x", sha256.Sum256(data))
	return in, nil
}

func parse(data []byte) (*Instance, error) {
	if err := checkText(data); err != nil {
		return nil, err
	}
	f, err := findFields(data)
	if err != nil {
		return nil, err
	}
	in := new(Instance)
	for _, read := range []func(*Instance) error{f.name, f.dtype, f.network, f.count, f.paths} {
		if err := read(in); err != nil {
			return nil, err
		}
	}
	if err := in.Check(); err != nil {
		return nil, err
	}
	f.twins(in)
	return in, nil
}

// checkText makes sure that data is one well-formed JSON value in UTF-8.
func checkText(data []byte) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return defect("", "", "the file is empty")
	}
	if !utf8.Valid(data) {
		at := 0
		for {
			r, size := utf8.DecodeRune(data[at:])
			if r == utf8.RuneError && size == 1 {
				return defect("", "save the file as UTF-8", "byte %#02x is not UTF-8", data[at]).at(data, at)
			}
			at += size
		}
	}
	if json.Valid(data) {
		return nil
	}
	var syntax *json.SyntaxError
	var value json.RawMessage
	if err := json.Unmarshal(data, &value); errors.As(err, &syntax) {
		return defect("", "", "malformed JSON: %v", err).at(data, max(0, int(syntax.Offset)-1))
	}
	return defect("", "", "malformed JSON")
}

// fields are the known top-level fields of a file: where each value starts.
type fields struct {
	data []byte
	at   map[string]int
}

func findFields(data []byte) (*fields, error) {
	f := &fields{data: data, at: make(map[string]int)}
	c := &cursor{data: data}
	err := c.object("", func(key string) error {
		switch key {
		case "name", "dtype", "num_tensors", "paths", "format_string", "shapes",
			"format_string_rowmajor", "format_string_colmajor", "shapes_colmajor":
			c.peek()
			f.at[key] = c.pos
		}
		c.skip()
		return nil
	})
	return f, err
}

// cursor returns a cursor at the value of a field that must be there.
func (f *fields) cursor(field string) (*cursor, error) {
	at, ok := f.at[field]
	if !ok {
		return nil, defect(field, remedies[field], "missing field")
	}
	return &cursor{data: f.data, pos: at}, nil
}

// remedies say what to write where a field is missing or of another type.
var remedies = map[string]string{
	"name":          "give the network a name",
	"dtype":         "give one of float32, float64, complex64, complex128",
	"format_string": `write the labels of each tensor as letters, as in "ab,bc->ac"`,
	"shapes":        "give one shape per tensor, as in [[2, 3], [3, 4]]",
	"num_tensors":   "say how many tensors there are",
	"paths":         `give one path at least, as in {"opt_flops": {"path": [[0, 1]]}}; opt_einsum.contract_path finds some`,
}

// text returns the value of a field that must be there and be a string.
func (f *fields) text(field string) (string, error) {
	c, err := f.cursor(field)
	if err != nil {
		return "", err
	}
	return c.text(field)
}

// rows returns the value of a field that must be there and hold rows.
func (f *fields) rows(field string) (rows, error) {
	c, err := f.cursor(field)
	if err != nil {
		return rows{}, err
	}
	return c.rows(field)
}

func (f *fields) name(in *Instance) (err error) {
	if in.Name, err = f.text("name"); err != nil {
		return err
	}
	return checkName("name", in.Name)
}

// checkName refuses names that JSON can't hold. Whatever else a name has is left
// to those who show it.
func checkName(field, name string) error {
	switch {
	case name == "":
		return defect(field, "", "empty name")
	case !utf8.ValidString(name):
		return defect(field, "choose a name in UTF-8", "name %q is not UTF-8", shorten(name))
	}
	return nil
}

func (f *fields) dtype(in *Instance) error {
	name, err := f.text("dtype")
	if err != nil {
		return err
	}
	if in.DType, err = dtype.Parse(name); err != nil {
		return defect("dtype", "", "%v", err)
	}
	return nil
}

// network reads labels and shapes and joins them.
func (f *fields) network(in *Instance) error {
	format, err := f.text("format_string")
	if err != nil {
		return err
	}
	shapes, err := f.rows("shapes")
	if err != nil {
		return err
	}
	if shapes.len() == 0 {
		return defect("shapes", "a network has at least one tensor", "empty network")
	}
	n, err := parseFormat("format_string", format)
	if err != nil {
		return err
	}
	if shapes.len() != len(n.inputs) {
		return defect("shapes", "give one shape per tensor", "%s for the %s of format_string", plural(shapes.len(), "shape"), plural(len(n.inputs), "tensor"))
	}
	in.Names, in.Inputs, in.Output = n.names, n.inputs, n.output
	return in.setDims(&shapes)
}

// setDims takes each label's dimension from the shapes.
func (in *Instance) setDims(shapes *rows) error {
	in.Dims = make([]int, len(in.Names))
	first := make([]int32, len(in.Names)) // the tensor that set the label's dimension
	for t, labels := range in.Inputs {
		shape := shapes.row(t)
		if len(shape) != len(labels) {
			return defect(element("shapes", t), "give one dimension per label",
				"tensor %d has %s %q but %s", t, plural(len(labels), "label"), shorten(in.Spell(labels)), plural(len(shape), "dimension"))
		}
		for axis, l := range labels {
			switch dim := shape[axis]; {
			case dim < 1:
				return defect(element("shapes", t), "dimensions are at least 1",
					"tensor %d %q has dimension %d for label %q", t, shorten(in.Spell(labels)), dim, string(in.Names[l]))
			case in.Dims[l] == 0:
				in.Dims[l], first[l] = dim, int32(t)
			case in.Dims[l] != dim:
				return defect(element("shapes", t), "a label has one dimension everywhere",
					"label %q has dimension %d in tensor %d %q but %d in tensor %d %q", string(in.Names[l]),
					dim, t, shorten(in.Spell(labels)), in.Dims[l], first[l], shorten(in.Spell(in.Inputs[first[l]])))
			}
		}
	}
	return nil
}

func (f *fields) count(in *Instance) error {
	c, err := f.cursor("num_tensors")
	if err != nil {
		return err
	}
	n, err := c.whole("num_tensors")
	if err != nil {
		return err
	}
	if n != len(in.Inputs) {
		return defect("num_tensors", "", "declares %s, but format_string and shapes have %d", plural(n, "tensor"), len(in.Inputs))
	}
	return nil
}

// paths reads all paths in the file's order.
func (f *fields) paths(in *Instance) error {
	c, err := f.cursor("paths")
	if err != nil {
		return err
	}
	numbers := make(map[string]int)
	return c.object("paths", func(name string) error {
		if err := checkName("paths", name); err != nil {
			return err
		}
		p, err := readPath(c, "paths."+name, len(in.Inputs))
		if err != nil {
			return err
		}
		p.Name = name
		if i, repeated := numbers[name]; repeated {
			in.Paths[i] = p
			return nil
		}
		numbers[name] = len(in.Paths)
		in.Paths = append(in.Paths, p)
		return nil
	})
}

// readPath reads one path and its declared costs, of a network of n tensors.
func readPath(c *cursor, field string, n int) (Path, error) {
	p := Path{Log2Size: math.NaN(), Log10Flops: math.NaN()}
	found := false
	var pairs rows
	err := c.object(field, func(key string) (err error) {
		switch key {
		case "path":
			found = true
			pairs, err = c.rows(field + ".path")
		case "log2_size":
			p.Log2Size, err = readCost(c, field+".log2_size")
		case "log10_flops":
			p.Log10Flops, err = readCost(c, field+".log10_flops")
		default:
			c.skip()
		}
		return err
	})
	if err != nil {
		return p, err
	}
	if !found {
		return p, defect(field+".path", "list the pairs of positions, as in [[0, 1]]", "missing field")
	}
	p.Pairs, err = readPairs(field+".path", &pairs, n)
	return p, err
}

// readCost reads a declared cost; null stands for none.
func readCost(c *cursor, field string) (float64, error) {
	if c.peek() == 'n' {
		c.skip()
		return math.NaN(), nil
	}
	return c.real(field)
}

// readPairs makes rows into pairs. A lone tensor may be written as [[0]].
func readPairs(field string, steps *rows, n int) ([][2]int, error) {
	if n == 1 && steps.len() == 1 && len(steps.flat) == 1 && steps.flat[0] == 0 {
		return [][2]int{}, nil
	}
	pairs := make([][2]int, steps.len())
	for i := range pairs {
		step := steps.row(i)
		if len(step) != 2 {
			remedy := "a step contracts exactly two tensors: divide it into pairs"
			switch {
			case n == 1:
				remedy = "the path of one tensor is [] or [[0]]"
			case len(step) < 2:
				remedy = "a step contracts exactly two tensors: leave this one out, as the step that uses the tensor sums it"
			}
			return nil, defect(element(field, i), remedy, "step %d has %s %s", i, plural(len(step), "position"), shortList(step))
		}
		pairs[i] = [2]int(step)
	}
	return pairs, nil
}
