package compare

import (
	"fmt"
	"math"

	"tnbench/internal/result"
)

// JudgeDigest holds NEW's results against BASE's: bit for bit where the same program
// ran in the same build on the same instructions, else within rounding. A wrong result
// is a regression, in any of the processes. Where BASE has no digest, or that of other
// inputs, nothing is judged and the row has no figures.
func (row *Row) JudgeDigest(base, new []Ran) {
	b, n := digestOf(base), digestOf(new)
	if b == nil || n != nil && !b.sameInputs(*n) {
		return
	}
	row.Base = result.Measured(b.Result.Digest.Value.L2)
	if row.Verdict = Undecided; n == nil {
		row.Reason = "NEW did not measure it"
		return
	}
	row.New = result.Measured(n.Result.Digest.Value.L2)
	for _, other := range base {
		if !row.agrees(*b, other) { // then it is no measure for another
			row.Reason = "the processes of BASE disagree: " + row.Reason
			return
		}
	}
	for _, other := range new {
		if !row.agrees(*b, other) {
			row.Verdict = Regression
			return
		}
	}
	row.Verdict = Same
}

// agrees reports whether b, of the same inputs, computed what a did, and notes what there
// is to say of it, also where that is of no account.
func (row *Row) agrees(a, b Ran) bool {
	reason, ok := a.agrees(b)
	if reason != "" {
		row.Reason = reason
	}
	return ok
}

// digestOf returns the first result that has a digest, nil if none has.
func digestOf(all []Ran) *Ran {
	for i := range all {
		if all[i].Result.Digest.OK {
			return &all[i]
		}
	}
	return nil
}

// Ran is a result and the document that it stands in.
type Ran struct {
	Document *result.Document
	Result   *result.Result
}

// ran returns where results stand.
func ran(all []measured) []Ran {
	list := make([]Ran, len(all))
	for i, m := range all {
		list[i] = Ran{m.file.Document, m.result}
	}
	return list
}

// sameInputs reports whether two results are of the same numbers. Others have nothing
// to agree on.
func (a Ran) sameInputs(b Ran) bool {
	s, t := &a.Document.Settings, &b.Document.Settings
	return s.Fill == t.Fill && s.Seed == t.Seed && a.Result.DType == b.Result.DType
}

// agrees reports whether b has a's result: bit for bit where the same program ran in the
// same build on the same instructions, else within rounding. reason says in what they
// differ. A result without a digest agrees with any.
func (a Ran) agrees(b Ran) (reason string, ok bool) {
	if !a.Result.Digest.OK || !b.Result.Digest.OK {
		return "", true
	}
	x, y := a.Result.Digest.Value, b.Result.Digest.Value
	if x.Equal(y) {
		return "", true
	}
	tolerance := toleranceOf(a.Result)
	switch {
	case !x.Near(y, tolerance):
		return fmt.Sprintf("wrong result: digest %v is not %v within %.3g", y, x, tolerance), false
	case a.sameBits(b):
		return fmt.Sprintf("the same program of the same build gives other bits: digest %v is not %v", y, x), false
	}
	return fmt.Sprintf("other bits, within rounding (%.3g)", tolerance), true
}

// sameBits reports whether two results must be equal.
func (a Ran) sameBits(b Ran) bool {
	s, t := a.Document, b.Document
	return a.Result.ProgramHash != "" && a.Result.ProgramHash == b.Result.ProgramHash && a.Result.Tier == b.Result.Tier &&
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
