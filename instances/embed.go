// Package instances holds the instances that come with the program, so that it
// does its main job without any file. They are generated, from nothing but the
// recipes in generate.Embedded; a test makes them anew and compares bytes.
//
//   - cubic_light_415: spins on a part of a random 3-regular graph; 260 matrices
//     and 155 vectors of dimension 2. Most intermediates fit a cache line, a few
//     are large, one has 64 MiB: allocation of both kinds at once.
//   - ising_strip_5x250: spins on a long strip; 3,495 tensors, no intermediate
//     above 1 KiB. What a step costs besides its arithmetic is all there is.
//   - matrix_chain_10: a product of ten matrices with dimensions 256 to 1,024.
//     The other end: memory hardly matters.
//   - mps_inner_50: the inner product of two matrix product states of 50 sites
//     with bond dimensions 40 to 80; matrix products of middling size.
//   - potts_king_10x10: three-state spins on a lattice with diagonals; every
//     site is a label of up to nine tensors, so steps are dominated by batch
//     labels and memory traffic.
package instances

import "embed"

//go:generate go test -run TestFilesAreWhatTheirRecipesMake -update

// Files holds one file of JSON per instance, at its root.
//
//go:embed *.json
var Files embed.FS
