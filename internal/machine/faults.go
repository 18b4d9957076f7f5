package machine

import "time"

// Usage is what this process has used since it began, all its threads taken
// together. Differences of two readings are what is of interest.
type Usage struct {
	MinorFaults int64         // pages mapped without reading a disk
	MajorFaults int64         // pages read from a disk
	User        time.Duration // processor time in the program
	System      time.Duration // processor time in the kernel on its behalf
	Waited      int64         // times a thread gave its processor up to wait
	Preempted   int64         // times a thread lost its processor to another
}

// Sub returns what was used between earlier and u.
func (u Usage) Sub(earlier Usage) Usage {
	return Usage{
		MinorFaults: u.MinorFaults - earlier.MinorFaults,
		MajorFaults: u.MajorFaults - earlier.MajorFaults,
		User:        u.User - earlier.User,
		System:      u.System - earlier.System,
		Waited:      u.Waited - earlier.Waited,
		Preempted:   u.Preempted - earlier.Preempted,
	}
}
