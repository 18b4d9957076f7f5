// Package warning has the one type of a finding that does not stop the work.
// Everything may warn; whoever talks to the user decides what is shown.
package warning

// Warning says what was seen, and what to do about it.
type Warning struct {
	Code    string `json:"code"` // one word for the kind: equal codes are of one kind
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
}
