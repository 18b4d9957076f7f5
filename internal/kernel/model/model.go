// Package model is what layouts and kernels take the machine for: its caches, and what
// its steps cost. All of it stands in one record; sizes are in bytes and times in
// cycles of a core, unless a field says otherwise. It refuses to know kernels.
package model

// Machine is one machine. It is read only.
type Machine struct {
	// Name says whose figures these are, Measured that they are of measurements of ours
	// and not from what others have published.
	Name     string
	Measured bool

	Caches  Caches
	Ahead   Ahead
	Layout  Layout
	Tiny    Tiny
	Product Product
	Stream  Stream
	Stages  Stages
	Narrow  Narrow
	Region  Region
}

// Here is the machine that kernels are chosen for.
var Here = here()

// zen is what is known best, and what all x86-64 is taken for. Its figures were
// measured on cores of Zen 4 and Zen 5 (2026-11); only proportions matter, as they rank what computes
// the same. The benchmarks of packages product, stream and kernel measure what they
// stand for: BenchmarkGemm and its kin, BenchmarkStream, BenchmarkTiny.
var zen = Machine{
	Name:     "Zen 4 and 5",
	Measured: true,
	Caches: Caches{
		First:  32 << 10,
		Second: 1 << 20,
		Third:  32 << 20,
		AtHand: 4 << 20,
		Alias:  4096,
	},
	Ahead: Ahead{
		Bytes:    128 << 10,
		Inputs:   4 << 20,
		Smallest: 4 << 10,
		Largest:  4 << 20,
	},
	Layout: Layout{
		MAC:         0.072,
		Tile:        40,
		Element:     0.2,
		Packed:      0.8,
		FarElement:  4.8,
		FarHop:      2,
		Term:        1.2,
		Run:         6,
		FarRun:      24,
		FarElements: 1 << 20,
		FullRun:     64,
		PlacedRun:   8,
		Sharing:     8,
		Sweep:       0.04,
		FarSweep:    0.5,
	},
	Tiny: Tiny{
		Start:   15,
		Element: 2,
		Term:    2.5,
		Complex: 1.5,
	},
	Product: Product{
		MinSide: 4, MinDepth: 4, MinMACs: 2048, Wide: 64, LeastWork: 128,

		DepthReals: 256, RowBytes: 384 << 10, ColBytes: 2 << 20, HeldBytes: 1 << 20,

		InPlacePanels: 3, InPlaceBytes: 32 << 10,
		InPlaceAgain: 6, InPlaceAll: 4 << 20,
		InPlaceFar: 8 << 20, InPlaceRun: 512,
		InPlaceBlock: 128 << 10, InPlaceReals: 1024,

		TurnedDepth: 64, TurnedSide: 48,

		RowAhead: 512, TileAhead: 32,

		PartMACs: 1 << 18, PartsPerWorker: 4,

		FMA: 0.5, Load: 0.5,

		Start: 40, Block: 250, Panel: 40, Tile: 20, Buffer: 40, Scatter: 1.2, Chain: 4,

		Copied: 0.5, Gathered: 0.8, Single: 2.5, Fetch: 0.6, PackCall: 25, Hop: 20,

		FarRow: 0.2, FarCol: 0.3, Farthest: 8,

		NearFloor: 0.5, FarFloor: 1.25, ShallowFloor: 1.9, AliasFloor: 1.3, ShallowDepth: 12,
	},
	Stream: Stream{
		Limits: Limits{
			PackedBytes: 192 << 10,
			CacheBytes:  12 << 20,
			PackedShare: 16,
			MinTile:     32,
			Runs:        256,
			Terms:       4096,
			BlockBytes:  24 << 10,
			CutBytes:    24 << 10,

			FarTerms: 2048, BlockTerms: 16, BlockRun: 8 << 10,

			TransposeRun: 64, TransposeRows: 64,

			PastBytes: 32 << 20, PastRun: 1 << 10,

			SharedBytes: 1 << 20,
		},
		UnitRun: 4096, PartsPerWorker: 4,

		Start: 80, Stretch: 1.6, Fetchless: 1.15, Doubt: 1.25,

		Run: 5, Term: 0.5, Load: 0.5, FMA: 0.5, Dot: 8, FarLoad: 3, Copied: 0.2 / 8,

		LineBytes: 64, Line: 6,

		HopBytes: 512, HopFootprint: 256 << 10, Hop: 20, HopPass: 2.2,

		FetchWord: 0.9, StoreWord: 1.6,
	},
	Stages: Stages{
		Start: 80,

		ShortRun: 64, Run: 64,
		CrossedBlock: 16 << 10, CrossedRun: 128,
		Saved: 2,

		SmallPart: 16, Unknown: 0.1,
	},
	Narrow: Narrow{
		LeastFree: 64, LeastWork: 1 << 14, MostSide: 64, MatrixBytes: 16 << 10, Doubt: 1.2, Ragged: 3, Far: 1.6,

		BlockBytes: 16 << 10, MostBytes: 64 << 10, FarBytes: 16 << 20, FarRun: 256,

		Start: 100, Block: 30, Call: 40, Run: 8, Group: 2, Load: 0.5, FMA: 0.5, Store: 1, FanTerm: 0.5, Term: 2.5,

		Place: 1.5, Copy: 1, Turn: 2, Gather: 0.7, Single: 3, Portable: 6,
	},
	Region: Region{Smallest: 8 << 20, Slice: 256 << 10, Step: 400, Read: 0.4, Add: 1.5, NearFetch: 0.4, NearStore: 0.6, FarPack: 3, Carried: 0.4, Doubt: 0.2, Gain: 0.03, About: 0.02},
}

// Caches are what a core has: the levels of its caches, in bytes.
type Caches struct {
	First, Second, Third int
	// AtHand is what a core keeps at hand of operands: more than its second-level
	// cache, as part of them is used from the third.
	AtHand int
	// Lines a multiple of Alias bytes apart compete for the same place in the
	// first-level cache.
	Alias int
}

// Ahead is what is fetched ahead of its use, in bytes.
type Ahead struct {
	// Bytes is how much of an operand is fetched before the kernel that reads it
	// runs. It must be small beside the second-level cache, where pages compete for
	// the same lines, and large beside what a core's own loads have under way. 64 to
	// 256 KiB do equally well on a Zen 5 core (2026-11), 512 KiB do worse.
	Bytes int
	// Inputs is the size of all inputs together from which on they do not stay in
	// the caches from one contraction to the next. Those below Smallest are not
	// worth fetching, and those above Largest are used many times over, in an order
	// of their own.
	Inputs, Smallest, Largest int
}

// Layout is what ranks layouts: what a step costs, told from its loops alone.
type Layout struct {
	MAC         float64 // a multiply-add of a stream at full rate
	Tile        float64 // to start and to store a tile
	Element     float64 // reading or writing one element in a long run
	Packed      float64 // packing one
	FarElement  float64 // packing one from memory that no cache holds
	FarHop      float64 // reading one in place, a few from every place
	Term        float64 // adding one more term of a sum along a run
	Run         float64 // starting a run
	FarRun      float64 // starting a run in memory that no cache holds
	FarElements int     // elements from which on no cache holds an operand
	FullRun     int     // elements: a run as long as this is as good as any
	PlacedRun   int     // and this for an operand in place
	Sharing     int     // rows that share an operand while it streams by
	// Reading 8 bytes of an operand again, for each row of the other: from beyond the
	// second level, and from beyond what is at hand.
	Sweep, FarSweep float64
}

// Tiny is what tiny kernels cost.
type Tiny struct {
	Start   float64
	Element float64 // per element of C
	Term    float64 // per term of its sum, if it has more than one
	Complex float64 // how many times as long complex numbers take
}

// Product is how products are cut, and what they cost on a core with a store of a
// vector per cycle.
type Product struct {
	// The least rows, columns, terms and multiply-adds that packing pays for: with
	// fewer each packed element is used too few times. Wide rows and columns are
	// enough for it to pay in any case.
	MinSide, MinDepth, MinMACs, Wide int
	// LeastWork is the multiply-adds of all batches from which on a product is tried
	// even where it hardly pays.
	LeastWork int

	// DepthReals bounds the real terms of a sum between two visits of the
	// destination: a panel of the column side then just fits the first-level
	// cache. RowBytes of the row side are packed for the second level, ColBytes of
	// the column side for the third, and an operand of up to HeldBytes as a whole.
	// Rates change by less than 3 % when these are halved or doubled.
	DepthReals, RowBytes, ColBytes, HeldBytes int

	// Operands are used in place where packing would cost more than it saves: if
	// each of their elements is read by InPlacePanels only, or if they are small
	// enough to stay in the first-level cache.
	InPlacePanels, InPlaceBytes int
	// A column side in place is read again for each panel of the row side, of
	// which there may be InPlaceAgain. InPlaceAll bounds the columns of all
	// batches: from memory they are better read in the long runs of the packers.
	InPlaceAgain, InPlaceAll int
	// A row side of more than InPlaceFar bytes is in no cache. If it lies in runs
	// shorter than InPlaceRun bytes, tiles would wait for each: packers have many
	// under way. (Two products of runs of 64 bytes in place, 62 and 17.6 ms, packed
	// 38 and 16.0; Zen 4, 2026-11.)
	InPlaceFar, InPlaceRun int
	// InPlaceBlock is how much of a side in place is visited between two visits
	// of the destination if its terms are far apart: while the panels pass through
	// it line by line it is in the second-level cache, and the next block is
	// fetched meanwhile. InPlaceReals bounds the terms if they are next to each
	// other.
	InPlaceBlock, InPlaceReals int

	// Products whose vectors may run along the side that is not contiguous in the
	// destination have at least TurnedDepth terms, and at most TurnedSide rows or
	// columns.
	TurnedDepth, TurnedSide int

	// RowAhead is how many bytes ahead of its use a packed row side is fetched.
	// TileAhead is the depth from which on the destination of a buffered tile is
	// fetched ahead: shallower ones are done before it could arrive.
	RowAhead, TileAhead int

	// PartMACs is the least work of a part for a worker, in real multiply-adds:
	// ten times what it takes to hand it over. PartsPerWorker evens out that
	// workers are not equally fast.
	PartMACs, PartsPerWorker int

	FMA, Load float64 // of a vector

	Start   float64 // to start a product that is a list of calls
	Block   float64 // to start one that packs
	Panel   float64 // to start a panel of the column side
	Tile    float64 // to start a tile
	Buffer  float64 // more, if it is buffered
	Scatter float64 // to copy a unit of it to its place
	Chain   float64 // a multiply-add that waits for the one before

	// Packing 8 bytes: copied or transposed, gathered, and one by one; fetching
	// them if the second-level cache does not hold them; and a call to pack a few
	// places.
	Copied, Gathered, Single, Fetch, PackCall float64
	// Hop is more for each cache line that does not come from the second level and of which
	// a block packs a part only.
	Hop float64

	// Reading 8 bytes in place that the second-level cache does not hold. It takes
	// Farthest times that if the third level does not hold them either.
	FarRow, FarCol, Farthest float64

	// The least time that writing 8 bytes of C takes, however little arithmetic
	// there is: if C fits into the third-level cache and if it does not; and if its
	// rows compete for the same lines of the first-level cache, for a product of
	// less than ShallowDepth terms and for others.
	NearFloor, FarFloor, ShallowFloor, AliasFloor float64
	ShallowDepth                                  int
}

// Stream is how streams are cut, and what they cost on a core that does two loads, two
// multiply-adds and one store of a vector per cycle. Estimates are within a fifth of
// what is measured where operands come from the caches.
type Stream struct {
	Limits Limits

	// UnitRun is the least part of a run worth sharing out, in elements.
	// PartsPerWorker evens out the workers' pace.
	UnitRun, PartsPerWorker int

	Start     float64 // to get to the first run
	Stretch   float64 // short runs take this many times their estimate
	Fetchless float64 // the worth of fetching the operands of the next kernel
	Doubt     float64 // how many times as long as a product a stream may seem to take where that is not likely to pay

	Run     float64 // to start a run
	Term    float64 // to start a term
	Load    float64 // of a vector
	FMA     float64
	Dot     float64 // to add up the lanes of a vector
	FarLoad float64 // how many times as long loads take from the second level
	Copied  float64 // the least to pack a byte

	// LineBytes is what moves between caches, Line what moving one takes.
	LineBytes int
	Line      float64

	// Terms HopBytes apart or more are fetched late, Hop cycles for each line, if
	// they lie in HopFootprint bytes or more. Those that a run follows lose less,
	// HopPass, but again with each pass over rows; so do lines of the other operand
	// that are read again when the nearest cache has lost them.
	HopBytes, HopFootprint int
	Hop, HopPass           float64

	// What moves 8 bytes between memory and a core, to read and to write them, if
	// the second-level cache does not hold an operand.
	FetchWord, StoreWord float64
}

// Stages is when kernels are taken in stages, with what one leaves for the next in
// between.
type Stages struct {
	Start float64 // to get from one stage to the next

	// Runs of at most ShortRun bytes are put side by side, terms of a sum or repeated
	// operands, to runs of about Run elements.
	ShortRun, Run int
	// Operands in different orders are taken in blocks of CrossedBlock elements, well
	// inside the second-level cache, with runs of at most CrossedRun of either.
	CrossedBlock, CrossedRun int
	// Saved is how many multiply-adds a sum that comes first must save for each element
	// that it reads, to pay for reading and writing.
	Saved int
	// A result of which there are at least SmallPart times as many elements in the large
	// operand is computed in the order of that and put in its place in the end, unless it is
	// forecast to take longer by more than the part Unknown: forecasts do not know what it
	// costs to read a large operand in another order.
	SmallPart int
	Unknown   float64
}

// Narrow is how tensors are cut that are multiplied with small matrices, and what that
// costs.
type Narrow struct {
	// The least elements of the loops that the large operand shares with C alone, and
	// the least multiply-adds; the most rows and terms of a matrix, and bytes of all.
	LeastFree, LeastWork, MostSide, MatrixBytes int
	// Doubt is how many times as fast as others a kernel must be forecast to be. Runs that
	// are not whole vectors take Ragged times as long, operands from memory Far times.
	Doubt, Ragged, Far float64
	// BlockBytes is what a block takes of the first-level cache, if that is possible
	// with runs of a cache line, MostBytes what it takes at most. Operands of more than
	// FarBytes together lie in memory: runs have FarRun bytes.
	BlockBytes, MostBytes int
	FarBytes, FarRun      int

	Start float64 // to start
	Block float64 // to start a block
	Call  float64 // to call a routine for it
	Run   float64 // to start a run
	Group float64 // to start the vectors of it that are summed at once
	Load  float64 // of a vector
	FMA   float64
	Store float64
	// More for each term, in a fan and in other routines.
	FanTerm, Term float64

	// Rearranging: a place of units that are copied; 32 bytes that are copied; that are
	// transposed; and a unit that is gathered or copied by itself.
	Place, Copy, Turn, Gather, Single float64
	// Portable is how many times as long portable code takes for that.
	Portable float64
}

// Region is what steps cost that run slice by slice, and what it must save.
type Region struct {
	// Smallest is the bytes of an intermediate from which on it may save time not to store
	// it. What is smaller stays in the third-level cache, and costs too little to tell.
	Smallest int
	// Slice is how many bytes a slice of a tensor may have that the next step is to find
	// in the second-level cache, beside what that makes of it.
	Slice int
	Step  float64 // to start a step of a slice
	Read  float64 // to read or pack an element of an operand in a near cache
	Add   float64 // to add an element to what earlier slices gave
	// What moves 8 bytes from the third-level cache and to it.
	NearFetch, NearStore float64
	// What packing waits for 8 bytes that come from memory and not in its order.
	FarPack float64
	// Carried is the part of the time of moving what is stored that arithmetic cannot
	// hide, Doubt how far estimates of arithmetic may be off. Gain is the part of the time
	// that a region must be forecast to save. (Fitted to the steps of regions on a Zen 3
	// core, 2026-11.)
	Carried, Doubt, Gain float64
	// About is the part of the time that may be lost if more is streamed for it.
	About float64
}

// Limits are the sizes by which streams are cut to fit caches and tables. Tests
// shrink them so that small operands cross every one.
type Limits struct {
	// PackedBytes keeps what is packed at once well inside the second-level
	// cache.
	PackedBytes int
	// CacheBytes is what the last-level cache holds besides other things.
	CacheBytes int
	// PackedShare: an operand may be packed as a whole, cached or not, if it is
	// no more than this part of all traffic.
	PackedShare int
	// MinTile is the least a chunk keeps of a loop along which memory is
	// contiguous, in elements: a few cache lines.
	MinTile int
	// Runs and Terms bound the tables of one routine call.
	Runs, Terms int
	// BlockBytes is how much of x is read again by the next rows of C, small
	// enough to be found in the first-level cache.
	BlockBytes int
	// CutBytes is how much of the rows of a dot product is read again by the
	// next ones, small enough for the second-level cache.
	CutBytes int
	// Long runs whose terms lie at least FarTerms bytes apart are summed
	// BlockTerms at a time over BlockRun bytes, rather than hopping from page
	// to page for every vector.
	FarTerms, BlockTerms, BlockRun int
	// A transposition is done in blocks of TransposeRun elements along a run of
	// C by TransposeRows of its rows.
	TransposeRun, TransposeRows int
	// C of PastBytes or more is written past the caches if its runs have at
	// least PastRun bytes.
	PastBytes, PastRun int
	// SharedBytes is the least traffic worth waking other workers for.
	SharedBytes int
}
