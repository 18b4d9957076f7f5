package report

import (
	"bufio"
	"fmt"
	"io"

	"tnbench/internal/printable"
	"tnbench/internal/result"
)

// writeBench writes every sample as a line of the Go benchmark format, with
// key=value names, so that benchstat can compare strategies: -col /alloc. How it
// was measured stands in "key: value" lines before the results that it holds for.
// Figures that have no samples of their own stand once, with the first sample.
func writeBench(w io.Writer, d *result.Document) error {
	b := benchWriter{Writer: bufio.NewWriter(w), set: map[string]string{}, labels: newLabels()}
	b.config("goos", d.Host.OS)
	b.config("goarch", d.Host.Arch)
	b.config("cpu", d.Host.CPU)
	if d.Interrupted {
		b.config("interrupted", "true")
	}
	for i := range d.Results {
		b.labels.add(d.Results[i].Instance, d.Results[i].File)
	}
	for i := range d.Results {
		b.result(d, &d.Results[i])
	}
	return b.Flush()
}

// benchWriter writes results; its first error stays for Flush.
type benchWriter struct {
	*bufio.Writer
	set    map[string]string // the configuration that holds for what follows
	labels labels
}

// config sets a key for all that follows; an empty value unsets it.
func (b *benchWriter) config(key, value string) {
	if b.set[key] != value {
		b.set[key] = value
		fmt.Fprintf(b, "%s: %s\n", key, printable.Line(value))
	}
}

func (b *benchWriter) result(d *result.Document, r *result.Result) {
	b.config("dtype", r.DType)
	for _, c := range result.Circumstances {
		value := ""
		if v := c.Of(d, r); v != nil {
			value = fmt.Sprint(v)
		}
		b.config(c.Key, value)
	}
	name := "Benchmark"
	if r.Cold {
		name += "Cold" // never in one series with others
	}
	if r.Traffic.OK {
		name += "Replay"
	} else {
		name += "Contract"
	}
	name += "/instance=" + printable.Word(r.Instance)
	if b.labels.ambiguous(r.Instance) {
		name += "/file=" + printable.Word(r.File)
	}
	name += "/path=" + printable.Word(r.Path) + "/alloc=" + printable.Word(r.Strategy())
	for i := range r.Samples {
		b.sample(name, r, i)
	}
}

// sample writes the figures of one sample.
func (b *benchWriter) sample(name string, r *result.Result, sample int) {
	fmt.Fprintf(b, "%s %d", name, max(1, r.Batch))
	for i := range result.Figures {
		f := &result.Figures[i]
		switch {
		case f.Bench == "":
		case f.Samples == nil:
			if m := f.Of(r); m.OK && sample == 0 {
				fmt.Fprintf(b, " %s %s", plain(m.Value), f.Bench)
			}
		default:
			if all := f.Samples(r); sample < len(all) {
				fmt.Fprintf(b, " %s %s", plain(all[sample]), f.Bench)
			}
		}
	}
	fmt.Fprintln(b)
}
