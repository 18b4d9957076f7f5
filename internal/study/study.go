// Package study is analysis without a clock: the sizes of tensors, how many buffers
// could be reused, what strategies would hold, which of the measured ones is the
// fastest. It turns networks, programs and results into plain documents that report
// draws; it runs nothing and prints nothing.
package study
