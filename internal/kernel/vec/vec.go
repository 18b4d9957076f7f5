// Package vec knows which sets of vector instructions there are: those of the
// architecture's folder, if it has one, and portable Go. A new architecture is a
// folder with a list of tiers, and a file here that says where the folder is.
package vec

import (
	"tnbench/internal/kernel/vec/generic"
	"tnbench/internal/kernel/vec/isa"
)

// tiers run on this machine and in this build, slowest first.
var tiers = append([]*isa.Tier{generic.Tier("go")}, machineTiers()...)

// Tiers lists the tiers that run on this machine and in this build, slowest first.
// The caller must not change it.
func Tiers() []*isa.Tier { return tiers }

// Best is the fastest tier.
func Best() *isa.Tier { return tiers[len(tiers)-1] }
