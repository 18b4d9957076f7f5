package main

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// storedDigests is where digests are looked for, beside the instance.
var storedDigests = filepath.Join("reference", "digests.json")

// storedDigest returns the digest that is stored for a program and the inputs of
// this run, if there is one.
func (r *runCommand) storedDigest(cmd *cobra.Command, p *contract.Program) (none result.Maybe[result.Digest]) {
	if p.Instance.Source == instance.Embedded {
		return none
	}
	folder := filepath.Dir(p.Instance.Source)
	reference, seen := r.stored[folder]
	if !seen {
		var err error
		reference, err = result.ReadReference(filepath.Join(folder, storedDigests))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			r.note(cmd, warning.Warning{
				Code:    "stored-digests",
				Message: err.Error(),
				Remedy:  "results are not held against it",
			})
		}
		if r.stored == nil {
			r.stored = map[string]*result.Reference{}
		}
		r.stored[folder] = reference
	}
	if reference == nil || reference.Fill != r.fill.fill.String() || reference.Seed != r.fill.seed {
		return none
	}
	d, ok := reference.Digests[p.Instance.Name][p.Path]
	return result.Maybe[result.Digest]{Value: d, OK: ok}
}
