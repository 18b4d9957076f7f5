// Package page makes the whole report of networks: what they are, what was measured of
// them, and what that says, as one document. The data ([Document]) are composed into
// sections of sentences, tables and drawings ([Page]), in one of several languages, and
// these are rendered as HTML or Markdown. It measures nothing.
package page

import (
	"tnbench/internal/explain"
	"tnbench/internal/machine"
	"tnbench/internal/result"
	"tnbench/internal/study"
	"tnbench/internal/warning"
)

// Schema names the format of Document.
const Schema = "tnbench-report/1"

// Document is all that a report is made of. A part that was not measured, or is not
// known, is absent. Fields may be added, never renamed.
type Document struct {
	Schema   string       `json:"schema"`
	Measured string       `json:"measured_at,omitempty"` // when it began: RFC 3339
	Tool     result.Tool  `json:"tool"`
	Host     machine.Host `json:"host"`
	// Interrupted: not all was measured; Pending are the networks that were not begun,
	// or not finished.
	Interrupted bool     `json:"interrupted,omitempty"`
	Pending     []string `json:"pending,omitempty"`

	Networks     []Network          `json:"networks"`
	Results      *result.Document   `json:"results,omitempty"` // schema tnbench/1
	Explanations []explain.Document `json:"explanations,omitempty"`
	Warnings     []warning.Warning  `json:"warnings,omitempty"` // those of the others come on top
}

// Network is what is known of an instance and a path without measuring, and what only a
// report measures.
type Network struct {
	Instance string `json:"instance"`
	File     string `json:"file,omitempty"` // as in a [result.Result]
	Path     string `json:"path"`

	Inspection *study.Inspection   `json:"inspection,omitempty"` // with this path alone
	Sizes      *study.Histogram    `json:"sizes,omitempty"`      // of step results, in the rows of the analysis
	Powers     *study.Histogram    `json:"powers,omitempty"`     // of step results, a row for each power of two
	Forecasts  []study.ProgramPlan `json:"forecasts,omitempty"`  // one per execution order
	Plan       *Plan               `json:"plan,omitempty"`
	Live       []study.LiveCurve   `json:"live,omitempty"` // one per execution order
	Scaling    []study.Scaled      `json:"scaling,omitempty"`
	Resident   []study.Resident    `json:"resident,omitempty"`
}

// Plan is where the strategy planned puts the buffers.
type Plan struct {
	Order  string `json:"order"`
	Height int    `json:"height_bytes"`
	Bound  int    `json:"peak_live_bytes"`
	Bytes  int    `json:"bytes"` // of all buffers
	Boxes  []Box  `json:"boxes"`
}

// Box is a buffer in its place: the result of step From, or a temporary of it, which lives
// until before step To.
type Box struct {
	From      int  `json:"from"`
	To        int  `json:"to"`
	Offset    int  `json:"offset"`
	Size      int  `json:"size"`
	Temporary bool `json:"temporary,omitempty"`
}

// Is reports whether both names stand for the same network and path. An embedded network
// is called by its name where others are called by their files; a file that is not known
// may be any.
func (n *Network) Is(instance, file, path string) bool {
	own, other := label(n.Instance, n.File), label(instance, file)
	return n.Instance == instance && n.Path == path && (own == other || own == "" || other == "")
}

func label(instance, file string) string {
	if file == result.Embedded {
		return instance
	}
	return file
}

// Network returns the network of a name, which it adds if there is none.
func (d *Document) Network(instance, file, path string) *Network {
	for i := range d.Networks {
		if d.Networks[i].Is(instance, file, path) {
			return &d.Networks[i]
		}
	}
	d.Networks = append(d.Networks, Network{Instance: instance, File: file, Path: path})
	return &d.Networks[len(d.Networks)-1]
}

// Gather makes a network of each that results and explanations are about.
func (d *Document) Gather() {
	if d.Networks == nil {
		d.Networks = []Network{}
	}
	if d.Results != nil {
		for _, r := range d.Results.Results {
			d.Network(r.Instance, r.File, r.Path)
		}
	}
	for _, e := range d.Explanations {
		d.Network(e.Instance, e.File, e.Path)
	}
}
