package generate

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// cubic is a partition function on a random 3-regular graph, or on a part of
// one: an interaction matrix per edge and a weight vector per vertex. A vertex
// is a label, in up to four tensors. The output is a scalar.
var cubic = Kind{
	Name: "cubic",
	Doc:  "spins on a random 3-regular graph: a matrix per edge, a vector per vertex, vertices as hyperedges",
	Params: []Param{
		{"vertices", 100, 4, 100_000, "vertices of the graph; an even number"},
		{"tensors", 0, 0, 250_000, "cut to this many tensors around a vertex, connected; 0 for the whole graph"},
		{"dim", 2, 1, 64, "states of a spin"},
	},
	build: buildCubic,
}

func buildCubic(v values, rng *rand.Rand) (*network, error) {
	vertices, tensors := v["vertices"], v["tensors"]
	if vertices%2 != 0 {
		return nil, fmt.Errorf("vertices=%d: there are 3-regular graphs of even numbers of vertices only", vertices)
	}
	if all := vertices / 2 * 5; tensors > all {
		return nil, fmt.Errorf("tensors=%d: a 3-regular graph of %d vertices has only %d vertices and edges", tensors, vertices, all)
	} else if tensors == 0 {
		tensors = all
	}
	edges, weights := randomCubic(vertices, rng).around(rng.IntN(vertices), tensors)
	n := &network{}
	n.labels(vertices, v["dim"])
	for _, e := range edges {
		n.tensor(e[0], e[1])
	}
	for _, w := range weights {
		n.tensor(w)
	}
	return n, nil
}

// graph holds each vertex's three neighbours.
type graph [][3]int

// randomCubic draws a simple connected 3-regular graph: three ends at each
// vertex are paired at random until no edge is a loop or a double (one draw in
// seven succeeds, at any size), which makes all such graphs equally likely.
func randomCubic(vertices int, rng *rand.Rand) graph {
	for {
		if g, ok := pairEnds(rng.Perm(3 * vertices)); ok && g.connected() {
			return g
		}
	}
}

// pairEnds joins each end at an even place with the next; end e is at vertex
// e/3. It reports whether the graph is simple.
func pairEnds(ends []int) (graph, bool) {
	g := make(graph, len(ends)/3)
	degree := make([]int, len(g))
	for i := 0; i < len(ends); i += 2 {
		u, w := ends[i]/3, ends[i+1]/3
		if u == w || slices.Contains(g[u][:degree[u]], w) {
			return nil, false
		}
		g[u][degree[u]], g[w][degree[w]] = w, u
		degree[u]++
		degree[w]++
	}
	return g, true
}

// connected reports whether every vertex can be reached from the first.
func (g graph) connected() bool { return len(g.from(0)) == len(g) }

// from returns the vertices that can be reached from start, nearest first.
func (g graph) from(start int) []int {
	seen := make([]bool, len(g))
	seen[start] = true
	order := []int{start}
	for i := 0; i < len(order); i++ {
		for _, w := range g[order[i]] {
			if !seen[w] {
				seen[w] = true
				order = append(order, w)
			}
		}
	}
	return order
}

// around takes vertices nearest first, each with its weight and all its edges,
// until there are count tensors; the last vertex may get only some of its edges,
// and no weight. Vertices at the rim of the cut are ends of edges, without a
// weight. Both lists are ascending.
func (g graph) around(start, count int) (edges [][2]int, weights []int) {
	inside := make([]bool, len(g))
	for _, u := range g.from(start) {
		var fresh [][2]int
		for _, w := range g[u] {
			if !inside[w] {
				fresh = append(fresh, [2]int{min(u, w), max(u, w)})
			}
		}
		room := count - len(edges) - len(weights)
		if room <= len(fresh) {
			edges = append(edges, fresh[:room]...)
			break
		}
		edges = append(edges, fresh...)
		weights = append(weights, u)
		inside[u] = true
	}
	slices.SortFunc(edges, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	slices.Sort(weights)
	return edges, weights
}
