package study

import (
	"math"

	"tnbench/internal/instance"
	"tnbench/internal/path"
)

// InstancesSchema names the format of what WriteInstances writes as JSON.
const InstancesSchema = "tnbench-instances/1"

// Listing is an instance in a list of them.
type Listing struct {
	Name    string        `json:"name"`
	Source  string        `json:"source"` // file, or "embedded"
	Tensors int           `json:"tensors"`
	Labels  int           `json:"labels"`
	DType   string        `json:"dtype"`
	Output  Output        `json:"output"`
	Paths   []ListingPath `json:"paths"`
	Command string        `json:"command,omitempty"` // what made it, of embedded ones
}

// ListingPath is a path with its computed cost. A lone tensor's path has none.
type ListingPath struct {
	Name       string   `json:"name"`
	Log10Flops *float64 `json:"log10_flops,omitempty"`
	Log2Size   *float64 `json:"log2_size,omitempty"` // elements of the largest result of a step
}

// NewListing lists an instance; command says how to make it, if known. It fails
// if a path does not fit the network.
func NewListing(in *instance.Instance, command string) (Listing, error) {
	l := Listing{
		Name: in.Name, Source: in.Source, Tensors: len(in.Inputs), Labels: len(in.Dims),
		DType: in.DType.String(), Output: outputOf(in), Paths: []ListingPath{}, Command: command,
	}
	for _, p := range in.Paths {
		ssa, err := path.FromLinear(len(in.Inputs), p.Pairs)
		if err != nil {
			return l, err
		}
		tree := path.Analyze(in, ssa)
		entry := ListingPath{Name: p.Name}
		if len(ssa) > 0 {
			cost := tree.Cost()
			entry.Log10Flops, entry.Log2Size = finite(cost.Log10Flops), finite(cost.Log2Size)
		}
		l.Paths = append(l.Paths, entry)
	}
	return l, nil
}

// finite returns a pointer to x, nil if JSON can't hold it.
func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// Listings is the document of a list of instances.
type Listings struct {
	Schema      string    `json:"schema"`
	Interrupted bool      `json:"interrupted,omitempty"` // some are missing
	Instances   []Listing `json:"instances"`
}
