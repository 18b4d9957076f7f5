package study

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// rowOf says which row a size belongs to, the plain way: rows are numbered
// upwards.
func rowOf(b Binning, n float64) int {
	row := 0
	switch b {
	case Log2Bins:
		row = int(math.Floor(math.Log2(n)))
	case ReportBins:
		for _, edge := range reportEdges {
			if edge <= n {
				row++
			}
		}
	default:
		row = int(n)
	}
	return row
}

func TestRowsPartitionTheSizes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Binning(rapid.SampledFrom(Binnings).Draw(t, "bins"))
		// Sizes over many scales, powers of two and their neighbours among them.
		size := rapid.Custom(func(t *rapid.T) float64 {
			return float64(max(1, 1<<rapid.IntRange(0, 40).Draw(t, "log2")+rapid.IntRange(-1, 1).Draw(t, "off")))
		})
		sizes := rapid.SliceOfN(size, 1, 60).Draw(t, "sizes")
		slices.Sort(sizes)

		want := map[int][]float64{}
		for _, n := range sizes {
			want[rowOf(b, n)] = append(want[rowOf(b, n)], n)
		}
		const elementBytes = 8
		last, below, filled := Amount(0), 0, 0
		for i, r := range binned(sizes, elementBytes, b) {
			row := want[rowOf(b, float64(r.MinElements))]
			if r.Count != len(row) {
				t.Fatalf("%s of %v: row %d has count %d, want %d", b, sizes, i, r.Count, len(row))
			}
			if r.MinElements <= last || r.MaxElements < r.MinElements {
				t.Fatalf("%s of %v: row %d is %v–%v after a row that ends at %v", b, sizes, i, r.MinElements, r.MaxElements, last)
			}
			low, high := r.MinElements, r.MaxElements
			if b == Log2Bins {
				if i > 0 && r.MinElements != last+1 {
					t.Fatalf("log2 of %v: row %d starts at %v, the row above ends at %v", sizes, i, r.MinElements, last)
				}
				if r.MaxElements != 2*r.MinElements-1 {
					t.Fatalf("log2 of %v: row %d is %v–%v", sizes, i, r.MinElements, r.MaxElements)
				}
			} else {
				low, high = Amount(row[0]), Amount(row[len(row)-1])
			}
			if r.MinElements != low || r.MaxElements != high || r.MinBytes != low*elementBytes || r.MaxBytes != high*elementBytes {
				t.Fatalf("%s of %v: row %d is %+v, want %v–%v elements", b, sizes, i, r, low, high)
			}
			total := 0.0
			for _, n := range row {
				total += n * elementBytes
			}
			if r.TotalBytes != Amount(total) {
				t.Fatalf("%s of %v: row %d has %v bytes, want %v", b, sizes, i, r.TotalBytes, total)
			}
			below += r.Count
			if share := float64(below) / float64(len(sizes)); math.Abs(r.CumulativeShare-share) > 1e-12 {
				t.Fatalf("%s of %v: row %d has cumulative share %g, want %g", b, sizes, i, r.CumulativeShare, share)
			}
			if r.Count > 0 {
				filled++
			}
			last = r.MaxElements
		}
		if below != len(sizes) || filled != len(want) {
			t.Fatalf("%s of %v: %d sizes in %d rows, want %d in %d", b, sizes, below, filled, len(sizes), len(want))
		}
	})
}

func TestRowsHoldSizesBeyondAnyMachine(t *testing.T) {
	sizes := []float64{1 << 52, 1<<53 - 1, 1 << 53, 1 << 62, 1e30, 1.1e30, 1e308, math.Inf(1), math.Inf(1)}
	for b, want := range map[Binning]int{ExactBins: 8, Log2Bins: 973, ReportBins: 1} {
		rows, count := binned(sizes, 8, b), 0
		for i, r := range rows {
			count += r.Count
			if i > 0 && r.MinElements <= rows[i-1].MinElements {
				t.Errorf("%s: row %d starts at %v, the one above at %v", b, i, r.MinElements, rows[i-1].MinElements)
			}
		}
		if len(rows) != want || count != len(sizes) {
			t.Errorf("%s of %v: %d sizes in %d rows, want all in %d", b, sizes, count, len(rows), want)
		}
	}
}

func TestUnknownBinsAreRefusedWithAList(t *testing.T) {
	_, err := ParseBinning("fine")
	if err == nil || !strings.Contains(err.Error(), "exact, log2, report") {
		t.Errorf("ParseBinning(fine): %v, want an error that lists the binnings", err)
	}
	for _, name := range Binnings {
		if b, err := ParseBinning(name); err != nil || string(b) != name {
			t.Errorf("ParseBinning(%s) = %q, %v", name, b, err)
		}
	}
}
