// Package machine holds facts about the computer and the Go runtime, and
// measures what bounds a contraction: arithmetic, memory bandwidth, the price
// of pages. It is a leaf and refuses to know tensor networks, programs and
// strategies; it prints nothing.
//
// A figure that the system does not give, or that could not be measured, is
// absent: a false second result, or a zero field that encoding/json leaves
// out. It is never made up.
package machine
