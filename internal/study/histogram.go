package study

import (
	"slices"

	"tnbench/internal/instance"
	"tnbench/internal/path"
)

// HistogramSchema names the format of the JSON that WriteHistograms writes.
const HistogramSchema = "tnbench-histogram/1"

// smallBytes is the size up to which the analysis of light_415 called a tensor
// tiny: one cache line.
const smallBytes = 64

// Histogram is the distribution of tensor sizes of one program's step results or
// of one instance's inputs.
type Histogram struct {
	Instance string  `json:"instance"`
	File     string  `json:"file,omitempty"`
	Path     string  `json:"path,omitempty"` // inputs have none
	DType    string  `json:"dtype"`
	Of       string  `json:"of"` // "intermediates" or "inputs"
	Bins     Binning `json:"bins"`

	// Count is the number of tensors. Of intermediates it is the number of steps:
	// every step allocates its result, also the last one, whose result is the
	// network's.
	Count       int    `json:"count"`
	TotalBytes  Amount `json:"total_bytes,omitzero"`
	Small       Small  `json:"small"`
	UniqueSizes int    `json:"unique_sizes"`
	Reuse       *Reuse `json:"reuse,omitempty"` // of intermediates
	Rows        []Bin  `json:"rows"`
}

// Small are the tensors of at most MaxBytes bytes.
type Small struct {
	MaxBytes   int     `json:"max_bytes"`
	Count      int     `json:"count"`
	Share      float64 `json:"share"` // of all tensors
	TotalBytes float64 `json:"total_bytes"`
}

// NewHistogram returns the histogram of the results of the steps of a network's
// tree along the path of that name.
func NewHistogram(from *path.Tree, name string, b Binning) Histogram {
	t := newTree(from)
	h := histogram(from.Instance, t.elements(), b)
	reuse := t.reuse()
	h.Path, h.Of, h.Reuse = name, "intermediates", &reuse
	return h
}

// NewInputHistogram returns the histogram of in's input tensors.
func NewInputHistogram(in *instance.Instance, b Binning) Histogram {
	h := histogram(in, inputElements(in), b)
	h.Of = "inputs"
	return h
}

// inputElements returns the size of each input.
func inputElements(in *instance.Instance) []float64 {
	sizes := make([]float64, len(in.Inputs))
	for t, labels := range in.Inputs {
		sizes[t] = in.Size(labels)
	}
	return sizes
}

// histogram fills in what sizes, which it sorts, determine.
func histogram(in *instance.Instance, sizes []float64, b Binning) Histogram {
	slices.Sort(sizes)
	h := Histogram{
		Instance:    in.Name,
		File:        in.Source,
		DType:       in.DType.String(),
		Bins:        b,
		Count:       len(sizes),
		UniqueSizes: uniqueSizes(sizes),
		Small:       Small{MaxBytes: smallBytes},
		Rows:        binned(sizes, in.DType.Size(), b),
	}
	for _, n := range sizes {
		bytes := n * float64(in.DType.Size())
		h.TotalBytes += Amount(bytes)
		if bytes <= smallBytes {
			h.Small.Count++
			h.Small.TotalBytes += bytes
		}
	}
	h.Small.Share = float64(h.Small.Count) / float64(h.Count)
	return h
}

// Histograms is the document of several histograms.
type Histograms struct {
	Schema      string      `json:"schema"`
	Interrupted bool        `json:"interrupted,omitempty"` // some are missing
	Histograms  []Histogram `json:"histograms"`
}
