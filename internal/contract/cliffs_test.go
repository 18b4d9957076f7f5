package contract

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tnbench/internal/alloc"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/kernel"
)

// family is a kind of contraction whose dimensions are swept, one at a time, from
// several base shapes.
type family struct {
	format string // of one or two tensors, letters as in [sweep.base]
	bases  []map[rune]int
}

// families are products in all orders of their axes, plain and batched, and what has
// no product in it: sums, transposed sums, traces, elementwise products.
func families() (all []family) {
	products := []map[rune]int{
		{'m': 4, 'n': 4, 'k': 4}, {'m': 24, 'n': 24, 'k': 24}, {'m': 128, 'n': 128, 'k': 128},
		{'m': 1, 'n': 512, 'k': 64}, {'m': 8, 'n': 8, 'k': 2048}, {'m': 512, 'n': 4, 'k': 16},
	}
	for _, a := range []string{"mk", "km"} {
		for _, b := range []string{"kn", "nk"} {
			for _, c := range []string{"mn", "nm"} {
				all = append(all, family{a + "," + b + "->" + c, products})
				batched := []map[rune]int{{'b': 16, 'm': 4, 'n': 4, 'k': 4}, {'b': 8, 'm': 32, 'n': 32, 'k': 32}}
				all = append(all, family{"b" + a + ",b" + b + "->b" + c, batched}, family{a + "b," + b + "b->" + c + "b", batched})
			}
		}
	}
	cubes := []map[rune]int{{'m': 16, 'n': 16, 'k': 16}, {'m': 256, 'n': 4, 'k': 64}}
	for _, format := range []string{"mnk->km", "mnk->nm", "mnk->k", "mnk,kmn->", "mnk,kmn->nkm", "mmk,kn->mn", "mnm,kn->mk", "mn,nm->", "mn,kn->mkn", "mn,nm->mn"} {
		all = append(all, family{format, cubes})
	}
	return all
}

// point is one shape of a sweep.
type point struct {
	format  string
	dims    map[rune]int
	swept   rune
	work    float64 // multiply-adds, or elements read
	ns      float64
	against float64 // how many times as fast a neighbour is, by its work
}

func (p *point) speed() float64 { return p.work / p.ns }

func (p *point) String() string {
	var dims []string
	for _, l := range slices.Sorted(maps.Keys(p.dims)) {
		dims = append(dims, fmt.Sprintf("%c=%d", l, p.dims[l]))
	}
	return p.format + " " + strings.Join(dims, " ")
}

// Bounds of a sweep: of a tensor's elements, of the multiply-adds of a point.
const (
	mostSwept = 1 << 22
	mostWork  = 1 << 27
)

// sweep measures a family along one label: powers of two and their neighbours.
func (f family) sweep(t dtype.Type, base map[rune]int, label rune) ([]point, error) {
	var line []point
	for power := 1; power <= 1<<16; power *= 2 {
		for _, v := range []int{power - 1, power, power + 1} {
			if v < 1 || power > 1 && power < 8 && v != power {
				continue // the same point twice
			}
			dims := map[rune]int{}
			for l, n := range base {
				dims[l] = n
			}
			dims[label] = v
			p := point{format: f.format, dims: dims, swept: label, work: 1}
			for _, n := range dims {
				p.work *= float64(n)
			}
			ns, err := p.measure(t)
			if err != nil {
				return nil, err
			}
			if ns > 0 && (len(line) == 0 || line[len(line)-1].dims[label] < v) {
				p.ns = ns
				line = append(line, p)
			}
		}
	}
	return line, nil
}

// measure returns the least time of some contractions of a point; 0 if it is too large.
func (p *point) measure(t dtype.Type) (ns float64, err error) {
	program, err := p.program(t)
	if err != nil || program == nil {
		return 0, err
	}
	return leastTime(program)
}

// program returns what contracts the point on one thread, nil if it is too large.
func (p *point) program(t dtype.Type) (*Program, error) {
	in, err := p.network(t)
	if err != nil || in == nil {
		return nil, err
	}
	return Compile(in, in.Paths[0], Options{Kernel: kernel.Options{Threads: 1}})
}

// leastTime returns the nanoseconds of the fastest of some contractions.
func leastTime(program *Program) (ns float64, err error) {
	inputs, err := program.Instance.Data(instance.Balanced, 1)
	if err != nil {
		return 0, err
	}
	strategy, err := alloc.New("planned")
	if err != nil {
		return 0, err
	}
	defer strategy.Close()
	e, err := NewExecutor(program, strategy, inputs, Execution{})
	if err != nil {
		return 0, err
	}
	result := dtype.MakeBytes(program.ResultBytes())
	const samples = 7 // other programs hold some up
	least, batch := time.Hour, 1
	for start, n := time.Now(), 1; ; n++ {
		begin := time.Now()
		for range batch {
			if err := e.Run(result); err != nil {
				return 0, err
			}
		}
		took := time.Since(begin)
		if took < 20*time.Microsecond {
			batch, n, least = 2*batch, 0, time.Hour
			continue
		}
		least = min(least, took/time.Duration(batch))
		if n >= samples && time.Since(start) > time.Millisecond {
			break
		}
	}
	return max(1, float64(least)), nil
}

// network makes the point's network, nil if it is too large.
func (p *point) network(t dtype.Type) (*instance.Instance, error) {
	operands, output, _ := strings.Cut(p.format, "->")
	size := func(labels string) int {
		n := 1
		for _, l := range labels {
			n *= p.dims[l]
		}
		return n
	}
	tensors := strings.Split(operands, ",")
	var shapes []string
	for _, labels := range tensors {
		if size(labels) > mostSwept {
			return nil, nil
		}
		var shape []string
		for _, l := range labels {
			shape = append(shape, fmt.Sprint(p.dims[l]))
		}
		shapes = append(shapes, "["+strings.Join(shape, ",")+"]")
	}
	if size(output) > mostSwept || p.work > mostWork {
		return nil, nil
	}
	path := "[]"
	if len(tensors) == 2 {
		path = "[[0,1]]"
	}
	return instance.Parse("cliffs", fmt.Appendf(nil, `{"name":"cliffs","format_string":%q,"shapes":[%s],"dtype":%q,"num_tensors":%d,"paths":{"given":{"path":%s}}}`,
		p.format, strings.Join(shapes, ","), t, len(tensors), path))
}

// judge finds the points of a line that are less than half as fast as a neighbour in
// which the swept label is about as large: no cache ends between these.
func judge(line []point, t dtype.Type) error {
	near := func(i, k int) bool {
		if k < 0 || k >= len(line) {
			return false
		}
		a, b := line[i].dims[line[i].swept], line[k].dims[line[i].swept]
		return k > i && b <= 2*a || a <= b+2 // larger ones may be slower out of a cache
	}
	for i := range line {
		p := &line[i]
		for _, k := range [...]int{i - 1, i + 1} {
			if !near(i, k) {
				continue
			}
			for try := 0; try < 3 && line[k].speed() > 2*p.speed(); try++ { // a disturbed one is none
				ns, err := p.measure(t)
				if err != nil {
					return err
				}
				p.ns = min(p.ns, ns)
			}
			p.against = max(p.against, line[k].speed()/p.speed())
		}
	}
	return nil
}

// BenchmarkCliffs looks for shapes that take more than twice as long as others that are
// next to them, and prints the worst. TNBENCH_CLIFFS names a file for all points, as CSV;
// TNBENCH_CLIFFS_TYPES lists element types (float64 alone if it does not),
// TNBENCH_CLIFFS_FORMATS formats, if not all, with spaces between them. Run it with
// -benchtime 1x on a machine that does nothing else: it takes some minutes a type.
func BenchmarkCliffs(b *testing.B) {
	var all []point
	for _, name := range strings.Split(cmp.Or(os.Getenv("TNBENCH_CLIFFS_TYPES"), "float64"), ",") {
		t, err := dtype.Parse(name)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			var points []point
			for b.Loop() {
				points = points[:0]
				for _, f := range families() {
					if only := strings.Fields(os.Getenv("TNBENCH_CLIFFS_FORMATS")); only != nil && !slices.Contains(only, f.format) {
						continue
					}
					swept, err := f.all(t)
					if err != nil {
						b.Fatal(err)
					}
					points = append(points, swept...)
				}
			}
			slices.SortFunc(points, func(p, q point) int { return cmp.Compare(q.against, p.against) })
			n := 0
			for n < len(points) && points[n].against > 2 {
				if n < 10 {
					p := &points[n]
					b.Logf("%v: %.3g µs, %.1f times as long as its neighbour along %c", p, p.ns/1e3, p.against, p.swept)
				}
				n++
			}
			b.ReportMetric(float64(n), "cliffs")
			b.ReportMetric(float64(len(points)), "points")
			all = append(all, points...)
		})
	}
	if file := os.Getenv("TNBENCH_CLIFFS"); file != "" {
		if err := writeMap(file, all); err != nil {
			b.Fatal(err)
		}
	}
}

// all sweeps all labels of a family from all its bases.
func (f family) all(t dtype.Type) (all []point, err error) {
	for _, base := range f.bases {
		for _, label := range slices.Sorted(maps.Keys(base)) {
			if !strings.ContainsRune(f.format, label) {
				continue
			}
			line, err := f.sweep(t, base, label)
			if err != nil {
				return nil, err
			}
			if err := judge(line, t); err != nil {
				return nil, err
			}
			all = append(all, line...)
		}
	}
	return all, nil
}

// writeMap writes all points as CSV.
func writeMap(file string, all []point) error {
	rows := [][]string{{"format", "swept", "b", "m", "n", "k", "ns", "work_per_ns", "neighbour"}}
	for i := range all {
		p := &all[i]
		row := []string{p.format, string(p.swept)}
		for _, l := range "bmnk" {
			row = append(row, fmt.Sprint(max(1, p.dims[l])))
		}
		rows = append(rows, append(row, fmt.Sprintf("%.4g", p.ns), fmt.Sprintf("%.4g", p.speed()), fmt.Sprintf("%.3g", p.against)))
	}
	return writeCSV(file, rows)
}

// writeCSV writes rows to a new file.
func writeCSV(file string, rows [][]string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(csv.NewWriter(f).WriteAll(rows), f.Close())
}
