package kernel

// bytesMoved estimates the traffic of s if every element of the operands and of
// C moves once.
func bytesMoved(s Spec) int {
	a, b, c := 1, 1, 1
	for _, group := range [...][]Loop{s.Batch, s.M, s.N, s.K} {
		for _, l := range group {
			if l.A != 0 {
				a *= l.Extent
			}
			if l.B != 0 {
				b *= l.Extent
			}
			if l.C != 0 {
				c *= l.Extent
			}
		}
	}
	return (a + b + c) * s.Type.Size()
}
