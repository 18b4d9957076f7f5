package contract

import (
	"crypto/sha256"
	"fmt"

	"tnbench/internal/kernel/vec"
	"tnbench/internal/path"
)

// Hash returns the SHA-256, in hexadecimal, of what the program does: its steps in
// their order with the layouts of their tensors and their kernels, and the buffers
// that it asks for. Programs with different hashes differ in what is measured of
// them, even where network and path are the same.
func (p *Program) Hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "%v %v %v %d\n", p.DType(), p.Instance.Dims, p.Order, p.fixed)
	for i := range p.Steps {
		s := &p.Steps[i]
		k := &s.Kernel
		fmt.Fprintf(h, "%d %d %d %v %s %v %v %d\n", s.Left, s.Right, s.Out, p.layouts[s.Out], k.Class, k.A, k.B, k.BytesMoved)
	}
	for i := range p.Regions {
		g := &p.Regions[i]
		fmt.Fprintf(h, "region %d %d %v %d\n", g.First, g.Last, g.Cuts, g.Adds)
	}
	if s := p.Slices; s != nil {
		fmt.Fprintf(h, "slices %d %d %v %d\n", s.First, s.Last, s.Cuts, s.Adds)
	}
	for t := range p.Instance.Inputs {
		fmt.Fprintf(h, "%v\n", p.layouts[t])
	}
	for _, r := range p.Requests {
		fmt.Fprintf(h, "%d %d %d\n", r.Bytes, r.First, r.Last)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// PathHash returns the SHA-256, in hexadecimal, of the order in which the path
// contracts: equal for paths that are written differently and mean the same.
func (p *Program) PathHash() string {
	h := sha256.New()
	for i := range p.tree.Steps {
		s := &p.tree.Steps[i]
		left, right := s.Left, s.Right
		if right != path.NoTensor {
			left, right = min(left, right), max(left, right)
		}
		fmt.Fprintf(h, "%d %d\n", left, right)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// Tier names the vector instructions that its kernels are made of.
func (p *Program) Tier() string {
	if t := p.options.Kernel.Tier; t != nil {
		return t.Name
	}
	return vec.Best().Name
}
