package study

import (
	"cmp"
	"math"
	"slices"

	"tnbench/internal/suggest"
)

// Binning is how a histogram puts tensor sizes into rows.
type Binning string

// The binnings.
const (
	// ExactBins has a row for each size that occurs.
	ExactBins Binning = "exact"
	// Log2Bins has a row for each power of two from the smallest size to the
	// largest, empty ones included, and states the row's bounds.
	Log2Bins Binning = "log2"
	// ReportBins has the rows of the analysis of tensornetwork_permutation_light_415
	// with which this tool began. A row states the smallest and the largest of its
	// sizes that occur; rows without any are left out.
	ReportBins Binning = "report"
)

// Binnings lists the names that ParseBinning takes.
var Binnings = []string{string(ExactBins), string(Log2Bins), string(ReportBins)}

// ParseBinning returns the binning called name; the error lists those there are.
func ParseBinning(name string) (Binning, error) {
	if slices.Contains(Binnings, name) {
		return Binning(name), nil
	}
	return "", suggest.Unknown("bins", name, Binnings)
}

// reportEdges are the least sizes, in elements, of the rows of ReportBins. The
// analysis listed 16,777,216 apart from "1M–16M", which counted it as well; here
// every size is in one row.
var reportEdges = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 1 << 10, 1 << 14, 1 << 17, 1 << 20, 1 << 24}

// Bin is a row of a histogram: the tensors with MinElements to MaxElements.
type Bin struct {
	MinElements     Amount  `json:"min_elements,omitzero"`
	MaxElements     Amount  `json:"max_elements,omitzero"`
	MinBytes        Amount  `json:"min_bytes,omitzero"`
	MaxBytes        Amount  `json:"max_bytes,omitzero"`
	Count           int     `json:"count"`
	Share           float64 `json:"share"`            // of all tensors
	CumulativeShare float64 `json:"cumulative_share"` // of this row and those above it
	TotalBytes      Amount  `json:"total_bytes,omitzero"`
}

// binned puts sorted sizes, in elements of the given bytes, into rows.
func binned(sorted []float64, elementBytes int, b Binning) []Bin {
	var rows []Bin
	below := 0
	for len(sorted) > 0 {
		row := sorted[:b.width(sorted)]
		sorted = sorted[len(row):]
		bin := Bin{MinElements: Amount(row[0]), MaxElements: Amount(row[len(row)-1]), Count: len(row)}
		if b == Log2Bins {
			bin.MinElements = Amount(floorPower(row[0]))
			bin.MaxElements = 2*bin.MinElements - 1
			rows = fillGap(rows, bin.MinElements)
		}
		for _, n := range row {
			bin.TotalBytes += Amount(n * float64(elementBytes))
		}
		rows = append(rows, bin)
	}
	total := 0
	for _, r := range rows {
		total += r.Count
	}
	for i := range rows {
		r := &rows[i]
		below += r.Count
		r.MinBytes, r.MaxBytes = r.MinElements*Amount(elementBytes), r.MaxElements*Amount(elementBytes)
		r.Share, r.CumulativeShare = float64(r.Count)/float64(total), float64(below)/float64(total)
	}
	return rows
}

// width returns how many of sorted, from the first on, belong to one row.
func (b Binning) width(sorted []float64) int {
	if math.IsInf(sorted[0], 1) {
		return len(sorted)
	}
	end := math.Nextafter(sorted[0], math.Inf(1))
	switch b {
	case Log2Bins:
		end = 2 * floorPower(sorted[0])
	case ReportBins:
		next, _ := slices.BinarySearch(reportEdges, end)
		if next == len(reportEdges) {
			return len(sorted)
		}
		end = reportEdges[next]
	}
	n, _ := slices.BinarySearchFunc(sorted, end, cmp.Compare)
	return n
}

// fillGap appends empty rows for the powers of two up to the row that starts at
// next: a histogram that leaves them out looks denser than it is.
func fillGap(rows []Bin, next Amount) []Bin {
	for len(rows) > 0 && rows[len(rows)-1].MaxElements+1 < next {
		low := rows[len(rows)-1].MaxElements + 1
		rows = append(rows, Bin{MinElements: low, MaxElements: 2*low - 1})
	}
	return rows
}

// floorPower returns the largest power of two that is at most n.
func floorPower(n float64) float64 {
	if math.IsInf(n, 1) {
		return n
	}
	_, exponent := math.Frexp(n)
	return math.Ldexp(1, exponent-1)
}
