package compare

import (
	"fmt"
	"math"

	"tnbench/internal/result"
)

// judgeDigest holds NEW's results against BASE's: bit for bit where the same program
// ran in the same build on the same instructions, else within rounding. A wrong
// result is a regression. Results of other inputs are not held against each other.
func judgeDigest(row *Row, base, new []measured) {
	b, n := digestOf(base), digestOf(new)
	if b == nil || n != nil && !sameInputs(b, n) {
		return
	}
	row.Base = result.Measured(b.result.Digest.Value.L2)
	if n == nil {
		row.Reason = "NEW did not measure it"
		return
	}
	row.New = result.Measured(n.result.Digest.Value.L2)
	for i := range base {
		if base[i].result.Digest.OK && !row.holds(b, &base[i]) {
			row.Reason = "the processes of BASE disagree: " + row.Reason
			return
		}
	}
	for i := range new {
		if new[i].result.Digest.OK && !row.holds(b, &new[i]) {
			row.Verdict = Regression
			return
		}
	}
	row.Verdict = Same
}

// sameInputs reports whether two results are of the same numbers.
func sameInputs(a, b *measured) bool {
	s, t := &a.file.Document.Settings, &b.file.Document.Settings
	return s.Fill == t.Fill && s.Seed == t.Seed && a.result.DType == b.result.DType
}

// digestOf returns the first result that has a digest, nil if none has.
func digestOf(all []measured) *measured {
	for i := range all {
		if all[i].result.Digest.OK {
			return &all[i]
		}
	}
	return nil
}

// holds reports whether two results agree, and says in what they don't.
func (row *Row) holds(a, b *measured) bool {
	x, y := a.result.Digest.Value, b.result.Digest.Value
	if x.Equal(y) {
		return true
	}
	tolerance := toleranceOf(a.result)
	switch {
	case !x.Near(y, tolerance):
		row.Reason = fmt.Sprintf("wrong result: digest %v is not %v within %.3g", y, x, tolerance)
		return false
	case sameProgram(a, b):
		row.Reason = fmt.Sprintf("the same program of the same build gives other bits: digest %v is not %v", y, x)
		return false
	}
	row.Reason = fmt.Sprintf("other bits, within rounding (%.3g)", tolerance)
	return true
}

// sameProgram reports whether two results must have the same bits.
func sameProgram(a, b *measured) bool {
	s, t := a.file.Document, b.file.Document
	return a.result.ProgramHash != "" && a.result.ProgramHash == b.result.ProgramHash && a.result.Tier == b.result.Tier &&
		s.Settings.Backend == t.Settings.Backend && s.Tool == t.Tool && !(s.Tool.Dirty.OK && s.Tool.Dirty.Value)
}

// toleranceOf returns how far apart digests of one network may be that were computed
// in another order. Rounding errors go either way, so those of a sum add up like the
// square root of its terms, and those of all steps like that of their flops. Eight
// times that is not reached; a wrong element of a result that can be checked by its
// digest at all is beyond. Single precision ends at a hundredth: more is no result.
func toleranceOf(r *result.Result) float64 {
	rounding, least, most := 0x1p-53, 1e-10, 1e-2
	if r.DType == "float32" || r.DType == "complex64" {
		rounding, least = 0x1p-24, 1e-4
	}
	return min(max(least, 8*rounding*math.Sqrt(r.Flops.Value)), most)
}
