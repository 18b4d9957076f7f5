package machine

// Event is something that processors count.
type Event int

// The events.
const (
	Cycles Event = iota
	Instructions
	DTLBMisses // loads whose page was not in the data TLB
	LLCMisses  // loads that the last level of cache had to fetch
	EventKinds
)

// String names the event.
func (e Event) String() string {
	return [...]string{Cycles: "cycles", Instructions: "instructions", DTLBMisses: "dTLB misses", LLCMisses: "LLC misses"}[e]
}
