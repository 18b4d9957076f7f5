package explain

import (
	"context"
	"fmt"

	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/explain/dissect"
)

// anatomy counts what every strategy takes from the heap at a step, with each kind of
// metadata. Two contractions are looked at, the first ones of a fresh strategy: in the
// first a pool that is kept has misses, in the second hits. Kernels allocate nothing,
// and are left out.
func (e *explanation) anatomy(ctx context.Context) error {
	program, err := e.program(ctx, Setup{})
	if err != nil {
		return err
	}
	strategies := e.config.dissected()
	kinds := []contract.Metadata{contract.MetadataNone, contract.MetadataInline, contract.MetadataHeap}
	for i, spec := range strategies {
		for j, kind := range kinds {
			e.progress(spec+", metadata "+kind.String(), i*len(kinds)+j, len(strategies)*len(kinds))
			body, err := dissect.Contraction(ctx, program, e.subject.Inputs, spec, kind, e.config.Limit)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				return fmt.Errorf("%s: %w", spec, err)
			}
			e.document.Anatomy = append(e.document.Anatomy, Anatomy{Alloc: spec, Metadata: kind.String(), Body: body})
		}
	}
	return nil
}

// dissected are the strategies whose anatomy is shown: those of a run that names none,
// the report's pool over the C library's malloc and when it is kept, and the C allocators that there are.
func (c *Config) dissected() (specs []string) {
	if c.Quick {
		return []string{"make", "slab", reportedHere().Strategy, best.Strategy}
	}
	for _, info := range alloc.Infos() {
		if info.Default || info.Available() == nil {
			specs = append(specs, info.Name)
		}
		if info.Name == reported.Strategy {
			if here := reportedHere().Strategy; here != info.Name {
				specs = append(specs, here)
			}
			specs = append(specs, info.Name+":keep")
		}
	}
	return specs
}
