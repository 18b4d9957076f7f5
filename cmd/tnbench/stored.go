package main

import (
	"errors"
	"io/fs"
	"path/filepath"

	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/result"
	"tnbench/internal/warning"
)

// digestFile is where digests are looked for, beside the instance.
var digestFile = filepath.Join("reference", "digests.json")

// storedDigests are those that lie beside instances, by folder.
type storedDigests map[string]*result.Reference

// of returns the digest that is stored for a program and inputs of a fill and a seed, if
// there is one, with warnings about a file that is read for the first time.
func (s *storedDigests) of(p *contract.Program, fill instance.Fill, seed uint64) (none result.Maybe[result.Digest], warnings []warning.Warning) {
	if p.Instance.Source == instance.Embedded {
		return none, nil
	}
	folder := filepath.Dir(p.Instance.Source)
	reference, seen := (*s)[folder]
	if !seen {
		var err error
		reference, err = result.ReadReference(filepath.Join(folder, digestFile))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			warnings = []warning.Warning{{
				Code:    "stored-digests",
				Message: err.Error(),
				Remedy:  "results are not held against it",
			}}
		}
		if *s == nil {
			*s = storedDigests{}
		}
		(*s)[folder] = reference
	}
	if reference == nil || reference.Fill != fill.String() || reference.Seed != seed {
		return none, warnings
	}
	d, ok := reference.Digests[p.Instance.Name][p.Path]
	return result.Maybe[result.Digest]{Value: d, OK: ok}, warnings
}
