// Package result is what a measurement leaves: the document, its results and
// their figures, digests of what was computed. A document outlives the program
// that wrote it, so its types have a home of their own, apart from who measures
// and who prints.
package result

import (
	"fmt"

	"tnbench/internal/machine"
	"tnbench/internal/warning"
)

// Schema names the format of Document.
const Schema = "tnbench/1"

// Document is what a run leaves: the JSON that programs outside read. Fields may
// be added, never renamed; a figure that could not be measured is absent.
type Document struct {
	Schema   string            `json:"schema"`
	Measured string            `json:"measured_at,omitempty"` // when it began: RFC 3339, UTC
	Tool     Tool              `json:"tool"`
	Host     machine.Host      `json:"host"`
	Settings Settings          `json:"settings"`
	Warnings []warning.Warning `json:"warnings"`
	Results  []Result          `json:"results"`
	// Interrupted: not all was measured. The run was ended from outside, or is still
	// going on.
	Interrupted bool `json:"interrupted,omitempty"`
	// Pending are the instances, or recordings, that are not done, by [Result.Label]:
	// the one that was being measured and those that were to follow. It is empty
	// unless the document is Interrupted.
	Pending []string `json:"pending,omitempty"`
	// Shard: only a share of a sweep was to be measured.
	Shard *Shard `json:"shard,omitempty"`
	// Resumed are the times at which an interrupted measurement was gone on with, and
	// Merged the files that the document was joined from.
	Resumed []string `json:"resumed_at,omitempty"`
	Merged  []string `json:"merged_from,omitempty"`
}

// Shard is a share of a sweep: the Index-th of Count.
type Shard struct {
	Index int    `json:"index"` // from 1
	Count int    `json:"count"`
	Of    string `json:"of,omitempty"` // SHA-256 of what the whole sweep measures
}

// String writes the share as it is asked for.
func (s *Shard) String() string {
	if s == nil {
		return "the whole"
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Count)
}

// Tool says what measured.
type Tool struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	// Revision of the source, and whether it had changes; absent if the build was
	// not told.
	Revision string      `json:"revision,omitempty"`
	Dirty    Maybe[bool] `json:"dirty,omitzero"`
}

// Settings say how it was measured. What a recording does not know is absent.
type Settings struct {
	Runs    int    `json:"runs"`
	Warmup  int    `json:"warmup"` // rounds; further ones, or a time, are told in WarmupTime and each result
	Threads int    `json:"threads"`
	Streams int    `json:"streams"`
	Backend string `json:"backend,omitempty"`
	Library string `json:"backend_library,omitempty"` // what stands behind the backend: file, version, the processor it works for
	Fill    string `json:"fill,omitempty"`
	Seed    uint64 `json:"seed"`

	// How long the rounds before the timed ones go on at least, and what bounds the
	// timed ones beside their number, in nanoseconds.
	WarmupTime int64 `json:"warmup_ns,omitempty"`
	MinTime    int64 `json:"min_time_ns,omitempty"`
	Turns      int   `json:"turns,omitempty"` // more rounds up to so many turns of all strategies
	// Patience: up to so many times as many while samples scatter.
	Patience int   `json:"patience,omitempty"`
	MaxTime  int64 `json:"max_time_ns,omitempty"`
	// UntilResolved: rounds went on until every difference was resolved or none was
	// left that counts, with looks whose intervals are wide enough for all of them.
	UntilResolved bool    `json:"until_resolved,omitempty"`
	MinEffect     float64 `json:"min_effect,omitempty"`

	Order       string `json:"order,omitempty"`
	Metadata    string `json:"metadata,omitempty"`
	Planning    string `json:"planning,omitempty"`
	Temporaries string `json:"temporaries,omitempty"`
	Sharing     string `json:"sharing,omitempty"`
	// Regions says which steps ran slice by slice.
	Regions string `json:"regions,omitempty"`
	// Slice says which labels were cut for the whole network: off, auto, or which.
	Slice string `json:"slice,omitempty"`
	// Tune: kernels and regions are those that were measured to be fastest.
	Tune bool `json:"tune,omitempty"`
	// Cold: each sample is the first contraction of a process of its own.
	Cold bool `json:"cold,omitempty"`

	// Sequential: strategies were measured one after the other, not in rounds. Samples
	// of one number do not belong together.
	Sequential bool `json:"sequential,omitempty"`
}
