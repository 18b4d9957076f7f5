package report

import (
	"encoding/csv"
	"io"
	"strconv"

	"tnbench/internal/printable"
	"tnbench/internal/result"
)

// sampleKeys begin the columns of samples: whose they are. The rest is in CSV and
// JSON of the results.
var sampleKeys = []string{"instance", "file", "path", "dtype", "strategy"}

// writeSamples writes every sample of every figure as a row of CSV, in base units:
// whose it is, the figure, the round from 1 on, the value.
func writeSamples(w io.Writer, d *result.Document) error {
	out := csv.NewWriter(w)
	out.Write(append(append([]string{}, sampleKeys...), "figure", "round", "value"))
	for i := range d.Results {
		r := &d.Results[i]
		row := []string{r.Instance, r.File, r.Path, r.DType, r.Strategy(), "", "", ""}
		for k := range sampleKeys {
			row[k] = printable.CSV(row[k])
		}
		for k := range result.Figures {
			f := &result.Figures[k]
			if f.Samples == nil {
				continue
			}
			for round, value := range f.Samples(r) {
				cells := row[len(sampleKeys):]
				cells[0], cells[1], cells[2] = f.Sample(), strconv.Itoa(round+1), plain(value)
				out.Write(row)
			}
		}
	}
	out.Flush()
	return out.Error()
}
