package contract

import (
	"tnbench/internal/suggest"
)

// Metadata is how the shape and strides of a step's result come to be. Programs
// do not need them, as everything is compiled; the other choices model engines
// that make a tensor object at each step, to measure what that costs.
type Metadata uint8

// The kinds of metadata.
const (
	MetadataNone   Metadata = iota // compiled ahead, nothing at run time
	MetadataInline                 // a record with inline arrays, filled at each step
	MetadataHeap                   // heap slices for dims, strides and a temporary, made at each step
)

var metadataNames = []string{MetadataNone: "none", MetadataInline: "inline", MetadataHeap: "heap"}

// MetadataNames lists the names that ParseMetadata takes.
func MetadataNames() []string { return metadataNames }

// ParseMetadata returns the kind called name.
func ParseMetadata(name string) (Metadata, error) {
	i, err := parseChoice("metadata", name, metadataNames)
	return Metadata(i), err
}

// String names the kind.
func (m Metadata) String() string { return metadataNames[m] }

// recorder describes the result of a step when it runs.
type recorder interface{ describe(step int) }

// newMetadata returns the recorder of a kind, nil for none.
func newMetadata(m Metadata, p *Program) recorder {
	if m == MetadataNone {
		return nil
	}
	shapes := make([][]int, len(p.Steps))
	for i := range p.Steps {
		shapes[i] = p.shape(i)
	}
	if m == MetadataInline {
		return &inlineMetadata{shapes: shapes, records: make([]inlineRecord, len(shapes))}
	}
	return &heapMetadata{shapes: shapes, records: make([]heapRecord, len(shapes))}
}

// shape returns the dimensions of what step i makes at a time.
func (p *Program) shape(i int) []int {
	layout := p.layouts[p.Steps[i].Out]
	shape := p.tree.Instance.Shape(layout)
	if g := p.regionOf(&p.ops[i]); g != nil {
		for axis, l := range layout {
			shape[axis] /= g.Parts(l)
		}
	}
	return shape
}

// inlineMetadata fills one record per step, with room for the ranks that occur
// in practice; a larger tensor's record spills to the heap, as small-vector types do.
type inlineMetadata struct {
	shapes  [][]int
	records []inlineRecord
}

// inlineRank is how many dimensions fit into a record.
const inlineRank = 8

type inlineRecord struct {
	rank          int
	dims, strides [inlineRank]int
	spill         []int
}

func (m *inlineMetadata) describe(step int) {
	shape, r := m.shapes[step], &m.records[step]
	dims, strides := r.dims[:], r.strides[:]
	if len(shape) > inlineRank {
		r.spill = make([]int, 2*len(shape))
		dims, strides = r.spill[:len(shape)], r.spill[len(shape):]
	}
	r.rank = copy(dims, shape)
	fillStrides(strides[:len(shape)], shape)
}

// heapMetadata does what the light_415 analysis says of its Rust program: for every tensor a
// temporary for the strides, and shared slices for dims and strides.
type heapMetadata struct {
	shapes  [][]int
	records []heapRecord
	// temporary is the last one made. It is kept here so that the compiler can't
	// put temporaries on the stack.
	temporary []int
}

type heapRecord struct{ dims, strides []int }

func (m *heapMetadata) describe(step int) {
	shape := m.shapes[step]
	temporary := make([]int, len(shape))
	fillStrides(temporary, shape)
	m.temporary = temporary
	m.records[step] = heapRecord{
		dims:    append(make([]int, 0, len(shape)), shape...),
		strides: append(make([]int, 0, len(shape)), temporary...),
	}
}

// fillStrides fills in the row-major strides of a shape.
func fillStrides(strides, shape []int) {
	stride := 1
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = stride
		stride *= shape[i]
	}
}

// parseChoice returns the position of name in names.
func parseChoice(what, name string, names []string) (int, error) {
	for i, n := range names {
		if n == name {
			return i, nil
		}
	}
	return 0, suggest.Unknown(what, name, names)
}
