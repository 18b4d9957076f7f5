// Package result is what a measurement leaves: the document, its results and
// their figures, digests of what was computed. A document outlives the program
// that wrote it, so its types have a home of their own, apart from who measures
// and who prints.
package result

import (
	"tnbench/internal/machine"
	"tnbench/internal/warning"
)

// Schema names the format of Document.
const Schema = "tnbench/1"

// Document is what a run leaves: the JSON that programs outside read. Fields may
// be added, never renamed; a figure that could not be measured is absent.
type Document struct {
	Schema   string            `json:"schema"`
	Tool     Tool              `json:"tool"`
	Host     machine.Host      `json:"host"`
	Settings Settings          `json:"settings"`
	Warnings []warning.Warning `json:"warnings"`
	Results  []Result          `json:"results"`
	// Interrupted: the run was ended from outside before all was measured.
	Interrupted bool `json:"interrupted,omitempty"`
}

// Tool says what measured.
type Tool struct {
	Version string `json:"version"`
	Go      string `json:"go"`
}

// Settings say how it was measured.
type Settings struct {
	Runs    int    `json:"runs"`
	Warmup  int    `json:"warmup"`
	Threads int    `json:"threads"`
	Streams int    `json:"streams"`
	Backend string `json:"backend"`
	Fill    string `json:"fill"`
	Seed    uint64 `json:"seed"`

	Order       string `json:"order"`
	Metadata    string `json:"metadata"`
	Planning    string `json:"planning"`
	Temporaries string `json:"temporaries"`
	Sharing     string `json:"sharing"`
}
