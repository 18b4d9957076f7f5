package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// rowOf says which row a size belongs to, the plain way: rows are numbered
// upwards.
func rowOf(b Binning, n int) int {
	row := 0
	switch b {
	case Log2Bins:
		for ; n > 1; n /= 2 {
			row++
		}
	case ReportBins:
		for _, edge := range reportEdges {
			if edge <= n {
				row++
			}
		}
	default:
		row = n
	}
	return row
}

func TestRowsPartitionTheSizes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Binning(rapid.SampledFrom(Binnings).Draw(t, "bins"))
		// Sizes over many scales, powers of two and their neighbours among them.
		size := rapid.Custom(func(t *rapid.T) int {
			return max(1, 1<<rapid.IntRange(0, 40).Draw(t, "log2")+rapid.IntRange(-1, 1).Draw(t, "off"))
		})
		sizes := rapid.SliceOfN(size, 1, 60).Draw(t, "sizes")
		slices.Sort(sizes)

		want := map[int][]int{}
		for _, n := range sizes {
			want[rowOf(b, n)] = append(want[rowOf(b, n)], n)
		}
		const elementBytes = 8
		last, below, filled := 0, 0, 0
		for i, r := range binned(sizes, elementBytes, b) {
			row := want[rowOf(b, r.MinElements)]
			if r.Count != len(row) {
				t.Fatalf("%s of %v: row %d has count %d, want %d", b, sizes, i, r.Count, len(row))
			}
			if r.MinElements <= last || r.MaxElements < r.MinElements {
				t.Fatalf("%s of %v: row %d is %d–%d after a row that ends at %d", b, sizes, i, r.MinElements, r.MaxElements, last)
			}
			low, high := r.MinElements, r.MaxElements
			if b == Log2Bins {
				if i > 0 && r.MinElements != last+1 {
					t.Fatalf("log2 of %v: row %d starts at %d, the row above ends at %d", sizes, i, r.MinElements, last)
				}
				if r.MaxElements != 2*r.MinElements-1 {
					t.Fatalf("log2 of %v: row %d is %d–%d", sizes, i, r.MinElements, r.MaxElements)
				}
			} else {
				low, high = row[0], row[len(row)-1]
			}
			if r.MinElements != low || r.MaxElements != high || r.MinBytes != low*elementBytes || r.MaxBytes != high*elementBytes {
				t.Fatalf("%s of %v: row %d is %+v, want %d–%d elements", b, sizes, i, r, low, high)
			}
			total := 0
			for _, n := range row {
				total += n * elementBytes
			}
			if r.TotalBytes != float64(total) {
				t.Fatalf("%s of %v: row %d has %g bytes, want %d", b, sizes, i, r.TotalBytes, total)
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

func TestLog2RowsDoNotOverflow(t *testing.T) {
	largest := 1<<60 - 1 // of eight bytes each, the most that loading and compiling let pass
	rows := binned([]int{largest}, 8, Log2Bins)
	if r := rows[0]; len(rows) != 1 || r.MinBytes != 1<<62 || r.MaxBytes != 8*largest {
		t.Errorf("rows of %d elements: %+v", largest, rows)
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

func TestBarsAreToScaleAndNeverVanish(t *testing.T) {
	for _, c := range []struct {
		count, most int
		want        string
	}{
		{0, 10, ""},
		{10, 10, strings.Repeat("█", 24)},
		{5, 10, strings.Repeat("█", 12)},
		{1, 1000000, "▏"},
		{1, 48, "▌"},
		{999, 1000, strings.Repeat("█", 24)},
	} {
		if got := bar(c.count, c.most); got != c.want {
			t.Errorf("bar(%d, %d) = %q, want %q", c.count, c.most, got, c.want)
		}
	}
}
