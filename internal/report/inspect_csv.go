package report

import (
	"strconv"

	"tnbench/internal/result"
	"tnbench/internal/study"
)

// inspectCSV is all figures of all inspections, a row each:
//
//	instance,path,section,item,key,value,file
//
// The path is empty for facts that hold for all of them. The item says which of
// several a section has: a number of tensors, a dimension, an execution order, a
// step.
func inspectCSV(all []study.Inspection) Table {
	c := long{Table: Table{Columns: []Column{{Key: "instance"}, {Key: "path"}, {Key: "section"}, {Key: "item"}, {Key: "key"}, {Key: "value"}, {Key: "file"}}}}
	for i := range all {
		c.inspection(&all[i])
	}
	return c.Table
}

// long builds a long table: the fields are the leading cells of the rows to come.
type long struct {
	Table
	instance, file, path, section, item string
}

// at sets where the next figures belong.
func (c *long) at(section, item string) { c.section, c.item = section, item }

// put adds a figure.
func (c *long) put(key string, v any) {
	switch f := v.(type) {
	case float64:
		v = plain(f)
	case study.Amount:
		if !f.Known() {
			return // the logarithm beside it is
		}
		v = plain(float64(f))
	}
	c.Add(Text(c.instance), Text(c.path), Text(c.section), Text(c.item), Text(key), Cell{Value: v}, Text(c.file))
}

func (c *long) inspection(i *study.Inspection) {
	c.instance, c.file, c.path = i.Instance, i.File, ""
	c.at("network", "")
	c.put("dtype", i.DType)
	c.put("output_labels", i.Output.Labels)
	c.put("output_rank", len(i.Output.Shape))
	c.put("output_elements", i.Output.Elements)
	c.at("inputs", "")
	c.tensors(&i.Inputs)
	c.labels(&i.Labels)
	for k := range i.Paths {
		c.onePath(&i.Paths[k])
	}
}

func (c *long) tensors(t *study.Tensors) {
	c.put("count", t.Count)
	c.put("min_elements", t.MinElements)
	c.put("max_elements", t.MaxElements)
	c.put("mean_elements", t.MeanElements)
	c.put("median_elements", t.MedianElements)
	c.put("total_elements", t.TotalElements)
	c.put("total_bytes", t.TotalBytes)
	c.put("min_rank", t.MinRank)
	c.put("max_rank", t.MaxRank)
}

func (c *long) labels(l *study.Labels) {
	c.at("labels", "")
	c.put("count", l.Count)
	c.put("open", l.Open)
	c.put("hyperedges", l.Hyperedges)
	c.put("repeated", l.Repeated)
	for _, d := range l.Dimensions {
		c.at("dimension", strconv.Itoa(d.Dimension))
		c.put("labels", d.Labels)
	}
	for _, m := range l.Multiplicities {
		c.at("multiplicity", strconv.Itoa(m.Tensors))
		c.put("labels", m.Labels)
		c.put("open", m.Open)
	}
}

func (c *long) onePath(p *study.PathInspection) {
	c.path = p.Path
	c.at("path", "")
	c.put("steps", p.Steps)
	c.put("flops", p.Flops)
	if p.Log10Flops.OK {
		c.put("log10_flops", p.Log10Flops.Value)
	}
	c.put("log2_largest", p.Log2Largest)
	c.at("results", "")
	c.tensors(&p.Results)
	for _, l := range p.PeakLive {
		c.at("peak_live", l.Order)
		c.put("intermediate_bytes", l.IntermediateBytes)
		if l.Bytes.OK {
			c.put("bytes", l.Bytes.Value)
		}
	}
	for k := range p.Costliest {
		c.step(&p.Costliest[k])
	}
	if p.Streaming.OK {
		c.streaming(&p.Streaming.Value)
	}
	if p.Sliced.OK {
		c.sliced(&p.Sliced.Value)
	}
}

func (c *long) sliced(s *result.Sliced) {
	c.at("sliced", s.Labels)
	c.put("slices", s.Slices)
	c.put("added", s.Added)
	c.put("steps", s.Steps)
	c.put("flops", s.Flops)
	c.put("flops_without", s.Whole)
	c.put("peak_live_bytes", s.PeakLive)
	if s.PeakWhole.OK {
		c.put("peak_live_without_bytes", s.PeakWhole.Value)
	}
	if s.Time.OK {
		c.put("time_forecast", s.Time.Value)
	}
}

func (c *long) streaming(s *study.Streaming) {
	c.at("streaming", "")
	c.put("streamed_bytes", s.StreamedBytes)
	c.put("peak_live_bytes", s.PeakLive)
	c.put("peak_live_without_bytes", s.PeakWithout)
	for _, r := range s.Regions {
		c.at("region", strconv.Itoa(r.Steps[len(r.Steps)-1]))
		c.put("steps", len(r.Steps))
		c.put("labels", r.Labels)
		c.put("slices", r.Slices)
		c.put("added", r.Added)
		c.put("streamed_bytes", r.StreamedBytes)
	}
}

func (c *long) step(s *study.StepCost) {
	c.at("costliest_step", strconv.Itoa(s.Step))
	c.put("batch", s.Batch)
	c.put("m", s.M)
	c.put("n", s.N)
	c.put("k", s.K)
	c.put("left_sum", s.LeftSum)
	c.put("right_sum", s.RightSum)
	if s.Kernel != "" {
		c.put("kernel", s.Kernel)
		c.put("left_access", s.LeftAccess)
	}
	if s.RightAccess != "" {
		c.put("right_access", s.RightAccess)
	}
	if s.BytesMoved > 0 {
		c.put("bytes_moved", s.BytesMoved)
	}
	c.put("flops", s.Flops)
	c.put("flops_share", s.FlopsShare)
}
