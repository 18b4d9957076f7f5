package model

// fitted returns the machine with other caches. What is cut to stay in one of them is in
// proportion to it; what moves between them costs the same.
func (m Machine) fitted(c Caches) Machine {
	old := m.Caches
	first := func(x int) int { return scaled(x, old.First, c.First) }
	second := func(x int) int { return scaled(x, old.Second, c.Second) }
	third := func(x int) int { return scaled(x, old.Third, c.Third) }
	c.AtHand = max(third(old.AtHand), c.Second)
	m.Caches = c

	m.Product.InPlaceBytes = first(m.Product.InPlaceBytes)
	m.Narrow.BlockBytes = first(m.Narrow.BlockBytes)
	m.Stream.Limits.BlockBytes = first(m.Stream.Limits.BlockBytes)

	m.Product.RowBytes = second(m.Product.RowBytes)
	m.Product.HeldBytes = second(m.Product.HeldBytes)
	m.Stream.Limits.PackedBytes = second(m.Stream.Limits.PackedBytes)

	m.Stream.Limits.CacheBytes = third(m.Stream.Limits.CacheBytes)
	return m
}

// Caches of other sizes are not those of one core: of a third level that many share no
// more than the largest that was measured is counted on, and what a virtual machine makes up
// is not believed.
const (
	leastFirst, mostFirst   = 16 << 10, 128 << 10
	leastSecond, mostSecond = 256 << 10, 4 << 20
	leastThird, mostThird   = 4 << 20, 32 << 20
)

// told returns the caches that a processor tells of, in bytes, where it is to be believed.
func (c Caches) told(first, second, third int) Caches {
	if first >= leastFirst && first <= mostFirst {
		c.First = first
	}
	if second >= leastSecond && second <= mostSecond {
		c.Second = second
	}
	if third >= leastThird {
		c.Third = min(third, mostThird)
	}
	return c
}

// scaled returns a size that is in proportion to one cache as x is to another.
func scaled(x, from, to int) int { return int(float64(x) / float64(from) * float64(to)) }
