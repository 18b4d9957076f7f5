package generate

import (
	"fmt"
	"math/rand/v2"
)

// maxSites keeps grids below the number of labels that letters can name.
const maxSites = 100_000

// grid is a partition function on a square lattice: an interaction matrix per
// edge and, if asked for, a weight vector per site. A site is a label, in up to
// nine tensors. The output is a scalar.
var grid = Kind{
	Name: "grid",
	Doc:  "spins on a lattice of rows × columns: a matrix per edge, a vector per site, sites as hyperedges",
	Params: []Param{
		{"rows", 2, 1, 1000, "sites across; the largest intermediate has about dim^rows elements"},
		{"columns", 100, 1, 100_000, "sites along"},
		{"dim", 2, 1, 64, "states of a spin: 2 for Ising, more for Potts"},
		{"fields", 1, 0, 1, "1 for a vector per site"},
		{"diagonals", 0, 0, 1, "1 to join diagonal neighbours too"},
	},
	build: buildGrid,
}

func buildGrid(v values, _ *rand.Rand) (*network, error) {
	rows, columns := v["rows"], v["columns"]
	if sites := rows * columns; sites > maxSites {
		return nil, fmt.Errorf("rows=%d, columns=%d: %d sites are more than %d", rows, columns, sites, maxSites)
	} else if sites == 1 && v["fields"] == 0 {
		return nil, fmt.Errorf("rows=1, columns=1, fields=0: a lone site without a field has no tensor")
	}
	n := &network{}
	n.labels(rows*columns, v["dim"])
	site := func(row, column int) int { return column*rows + row }
	// join adds a matrix between a site and the one that far away, if there is one.
	join := func(row, column, down, along int) {
		if r, c := row+down, column+along; 0 <= r && r < rows && c < columns {
			n.tensor(site(row, column), site(r, c))
		}
	}
	for column := range columns {
		for row := range rows {
			join(row, column, 1, 0)
			join(row, column, 0, 1)
			if v["diagonals"] == 1 {
				join(row, column, 1, 1)
				join(row, column, -1, 1)
			}
			if v["fields"] == 1 {
				n.tensor(site(row, column))
			}
		}
	}
	return n, nil
}
