// Package machine holds facts about the computer and the Go runtime: what they
// are, what memory is left, what a process has used. It is a leaf and measures
// nothing: see package peaks.
//
// A figure that the system does not give is absent: a false second result, or a
// zero field that encoding/json leaves out. It is never made up.
package machine
