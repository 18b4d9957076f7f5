package nest

import (
	"tnbench/internal/kernel/vec"
	"tnbench/internal/kernel/vec/isa"
)

// Options say what a kernel may use.
type Options struct {
	Threads int       // workers that Run may be given; 0 and 1 mean serial
	Tier    *isa.Tier // vector instructions to use; nil means the best there are
}

// ChosenTier returns the vector instructions to use.
func (o Options) ChosenTier() *isa.Tier {
	if o.Tier == nil {
		return vec.Best()
	}
	return o.Tier
}
