package isa

// A FanFunc multiplies vectors of x by the numbers of small matrices: for each group of
// a few vectors that follow each other,
//
//	c[i][v] (+)= Σ_k x[k][v]·y[k][i]
//
// in the order of k from 0; what c holds is added last. From groups to lastGroup there
// are three integers for each: how far it lies in x and in c, and its matrix in y. From
// terms to lastTerm there is how far each term lies in x; in y it is stepY bytes to the
// next, whose numbers follow each other. Rows of c are rowC bytes apart. With add = 0
// the destination is written, never read.
type FanFunc func(c, x, y *byte, groups, lastGroup, terms, lastTerm *int, stepY, rowC, add int)

// Fans are those for some rows, the first index, and vectors; nil: none.
type Fans [5][5]FanFunc
