package stream

// limits are the sizes by which plans are cut to fit caches and tables. Tests
// shrink them so that small operands cross every one.
type limits struct {
	// packedBytes keeps what is packed at once well inside the second level
	// cache.
	packedBytes int
	// cacheBytes is what the last level cache holds besides other things.
	cacheBytes int
	// packedShare: an operand may be packed as a whole, cached or not, if it is
	// no more than this part of all traffic.
	packedShare int
	// minTile is the least a chunk keeps of a loop along which memory is
	// contiguous, in elements: a few cache lines.
	minTile int
	// runs and terms bound the tables of one routine call.
	runs, terms int
	// blockBytes is how much of x is read again by the next rows of C, small
	// enough to be found in the first level cache.
	blockBytes int
	// cutBytes is how much of the rows of a dot product is read again by the
	// next ones, small enough for the second level cache.
	cutBytes int
	// Long runs whose terms lie at least farTerms bytes apart are summed
	// blockTerms at a time over blockRun bytes, rather than hopping from page
	// to page for every vector.
	farTerms, blockTerms, blockRun int
	// A transposition is done in blocks of transposeRun elements along a run of
	// C by transposeRows of its rows.
	transposeRun, transposeRows int
	// C of pastBytes or more is written past the caches if its runs have at
	// least pastRun bytes.
	pastBytes, pastRun int
	// sharedBytes is the least traffic worth waking other workers for.
	sharedBytes int
}

var defaultLimits = limits{
	packedBytes: 192 << 10,
	cacheBytes:  12 << 20,
	packedShare: 16,
	minTile:     32,
	runs:        256,
	terms:       4096,
	blockBytes:  24 << 10,
	cutBytes:    24 << 10,
	farTerms:    2048,
	blockTerms:  16,
	blockRun:    8 << 10,

	transposeRun:  64,
	transposeRows: 64,

	pastBytes: 32 << 20,
	pastRun:   1 << 10,

	sharedBytes: 1 << 20,
}
