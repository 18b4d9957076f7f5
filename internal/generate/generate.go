// Package generate makes tensor networks from a kind, a few parameters and a
// seed, with contraction paths found for them. The same recipe makes the same
// instance, byte for byte, on every platform. It refuses to know numbers: an
// instance is metadata.
package generate

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/suggest"
)

// Kind is a family of networks.
type Kind struct {
	Name   string
	Doc    string // one line
	Params []Param
	build  func(v values, rng *rand.Rand) (*network, error)
}

// Param is a parameter of a kind: a number in a range.
type Param struct {
	Name              string
	Default, Min, Max int
	Doc               string
}

// Kinds lists every kind, by name.
var Kinds = []Kind{chain, cubic, grid, mps}

// FindKind returns the kind called name; the error lists those there are.
func FindKind(name string) (Kind, error) {
	if i := slices.IndexFunc(Kinds, func(k Kind) bool { return k.Name == name }); i >= 0 {
		return Kinds[i], nil
	}
	return Kind{}, suggest.Unknown("kind", name, namesOf(Kinds, func(k Kind) string { return k.Name }))
}

// Params are parameters by name.
type Params map[string]int

// ParseParams reads parameters written as "name=number".
func ParseParams(args []string) (Params, error) {
	p := Params{}
	for _, arg := range args {
		name, text, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("parameter %q: write name=number", arg)
		}
		if _, twice := p[name]; twice {
			return nil, fmt.Errorf("parameter %q is given twice", name)
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("parameter %s: %q is no whole number", name, text)
		}
		p[name] = n
	}
	return p, nil
}

// Recipe is all that an instance is made from.
type Recipe struct {
	Name   string // of the instance; Kind if empty
	Kind   string
	Params Params     // what is missing has its default
	DType  dtype.Type // float64 if zero
	Seed   uint64     // of the network and of the search for paths

	Trials int // see path.Search
	Refine int
}

// The search that finds good paths for networks of a few hundred tensors in
// seconds.
const (
	DefaultTrials = 64
	DefaultRefine = 4
)

// Args returns the arguments of tnbench that make the instance.
func (r Recipe) Args() []string {
	args := []string{"generate", r.Kind}
	for _, name := range slices.Sorted(maps.Keys(r.Params)) {
		args = append(args, fmt.Sprintf("%s=%d", name, r.Params[name]))
	}
	if r.DType != 0 && r.DType != dtype.Float64 {
		args = append(args, "--dtype", r.DType.String())
	}
	if r.Name != "" {
		args = append(args, "--name", r.Name)
	}
	return append(args, "--seed", strconv.FormatUint(r.Seed, 10),
		"--trials", strconv.Itoa(r.Trials), "--refine", strconv.Itoa(r.Refine))
}

// Generate makes the instance of a recipe. It fails if the kind or a parameter
// is unknown, a parameter is out of range or does not fit the others, or if no
// path is found before ctx ends.
func Generate(ctx context.Context, r Recipe) (*instance.Instance, error) {
	k, err := FindKind(r.Kind)
	if err != nil {
		return nil, err
	}
	v, err := k.values(r.Params)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.Name, err)
	}
	n, err := k.build(v, rand.New(rand.NewPCG(r.Seed, 0)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.Name, err)
	}
	in, err := n.instance()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.Name, err)
	}
	in.Name, in.Source, in.DType = r.Name, "generated", r.DType
	if in.Name == "" {
		in.Name = k.Name
	}
	if in.DType == 0 {
		in.DType = dtype.Float64
	}
	found, err := path.Find(ctx, in, path.Search{Trials: r.Trials, Refine: r.Refine, Seed: r.Seed})
	if err != nil {
		return nil, err
	}
	in.Paths = []instance.Path{found.Size, found.Flops}
	for i := range in.Paths {
		in.Paths[i].Log2Size = rounded(in.Paths[i].Log2Size)
		in.Paths[i].Log10Flops = rounded(in.Paths[i].Log10Flops)
	}
	return in, in.Check()
}

// rounded keeps the four decimals that the public files have: the last bits of
// a logarithm depend on the platform.
func rounded(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// values are a kind's parameters, complete and in range.
type values map[string]int

// values checks parameters and adds defaults.
func (k Kind) values(given Params) (values, error) {
	v := values{}
	for _, p := range k.Params {
		v[p.Name] = p.Default
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		n := given[name]
		i := slices.IndexFunc(k.Params, func(p Param) bool { return p.Name == name })
		if i < 0 {
			return nil, suggest.Unknown("parameter", name, namesOf(k.Params, func(p Param) string { return p.Name }))
		}
		if p := k.Params[i]; n < p.Min || n > p.Max {
			return nil, fmt.Errorf("%s=%d: it must be in %d..%d", name, n, p.Min, p.Max)
		}
		v[name] = n
	}
	return v, nil
}

// namesOf returns the name of each.
func namesOf[T any](all []T, name func(T) string) []string {
	names := make([]string, len(all))
	for i, x := range all {
		names[i] = name(x)
	}
	return names
}
