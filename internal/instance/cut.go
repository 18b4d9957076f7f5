package instance

// Cut is a label whose range is cut into parts of equal length.
type Cut struct {
	Label Label
	Parts int
}

// FewestParts returns the fewest parts of equal length that a range of n values, more
// than one, can be cut into: the least prime factor of n.
func FewestParts(n int) int {
	for p := 2; p*p <= n; p++ {
		if n%p == 0 {
			return p
		}
	}
	return n
}
