package contract

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/kernel/nest"
)

// sighting is a step of a slice that was seen to run.
type sighting struct{ step, slice int }

// sightings is which worker ran what, in the order of each worker.
type sightings struct {
	mutex    sync.Mutex
	by       map[sighting]int
	last     map[int]int // by worker: the slice it was seen in
	disorder error
	several  chan struct{} // closed when a second worker is seen
}

func newSightings() *sightings {
	return &sightings{by: map[sighting]int{}, last: map[int]int{}, several: make(chan struct{})}
}

// seen is a kernel that tells when it runs. The first worker waits for another one.
type seen struct {
	nest.Kernel
	*sightings
	step int
	wait bool
}

func (k *seen) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	k.see(env)
	if k.wait {
		select {
		case <-k.several:
		case <-time.After(10 * time.Second):
		}
	}
	k.Kernel.Run(env, c, a, b)
}

func (s *seen) see(env *nest.Env) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	at := sighting{s.step, env.Slice}
	if _, ok := s.by[at]; ok {
		s.disorder = fmt.Errorf("step %d ran twice in slice %d", at.step, at.slice)
	}
	s.by[at] = env.Worker
	if last, ok := s.last[env.Worker]; ok && last > env.Slice {
		s.disorder = fmt.Errorf("worker %d went from slice %d back to %d", env.Worker, last, env.Slice)
	}
	if s.last[env.Worker] = env.Slice; len(s.last) == 2 {
		select {
		case <-s.several:
		default:
			close(s.several)
		}
	}
}

// sharedTower returns a program with one region whose slices are shared out, and inputs.
func sharedTower(t *testing.T, threads int) (*Program, [][]byte) {
	t.Helper()
	in := tower(dtype.Float64)
	p, err := Compile(in, in.Paths[0], Options{Regions: forced[0], Kernel: kernel.Options{Threads: threads}})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Regions) != 1 || p.Regions[0].Shares != threads {
		t.Fatalf("regions %+v: want one whose slices %d workers share", p.Regions, threads)
	}
	return p, randomData(in, 9)
}

// TestSlicesAreSharedOut claims that each step runs once for each slice, that slices which
// are added up are of one worker and in order, that several workers take part, and that one
// does all if kernels are wrapped.
func TestSlicesAreSharedOut(t *testing.T) {
	for _, threads := range []int{2, 3, 5} {
		p, data := sharedTower(t, threads)
		g := &p.Regions[0]
		workers := nest.NewWorkers(threads)
		defer workers.Close()
		for _, wrapped := range []bool{false, true} {
			strategy, err := alloc.New("planned")
			if err != nil {
				t.Fatal(err)
			}
			defer strategy.Close()
			e, err := NewExecutor(p, strategy, data, Execution{Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			all := newSightings()
			around := func(i int, k nest.Kernel) nest.Kernel {
				if i < g.First || i > g.Last {
					return k
				}
				return &seen{k, all, i, !wrapped}
			}
			if e.wrap(around); wrapped {
				e.Wrap(func(_ int, k nest.Kernel) nest.Kernel { return k })
			}
			if err := e.Run(dtype.MakeBytes(p.ResultBytes())); err != nil || all.disorder != nil {
				t.Fatal(err, all.disorder)
			}
			if got, want := len(all.by), (g.Last-g.First+1)*g.Slices(); got != want {
				t.Errorf("%d threads: %d steps of slices ran, want %d", threads, got, want)
			}
			if several := len(all.last) > 1; several == wrapped {
				t.Errorf("%d threads, kernels wrapped: %v: %d workers took part", threads, wrapped, len(all.last))
			}
			for at, worker := range all.by {
				first := sighting{g.First, at.slice / g.Adds * g.Adds}
				if all.by[first] != worker {
					t.Fatalf("%d threads: worker %d ran step %d of slice %d, worker %d the slice that it is added to", threads, worker, at.step, at.slice, all.by[first])
				}
			}
		}
	}
}

// TestSharedSlicesDescribeTheirResults has workers make metadata at once.
func TestSharedSlicesDescribeTheirResults(t *testing.T) {
	p, data := sharedTower(t, 3)
	want, err := runChecked(p, "make", data, Execution{})
	if err != nil {
		t.Fatal(err)
	}
	workers := nest.NewWorkers(3)
	defer workers.Close()
	for _, m := range []Metadata{MetadataInline, MetadataHeap} {
		got, err := runChecked(p, "slab", data, Execution{Workers: workers, Metadata: m})
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v: error %v, or other bits", m, err)
		}
	}
}

// interrupting interrupts its executor in a slice.
type interrupting struct {
	nest.Kernel
	executor *Executor
	slice    int
}

func (k *interrupting) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	if env.Slice == k.slice {
		k.executor.Interrupt()
	}
	k.Kernel.Run(env, c, a, b)
}

// TestSharedSlicesCanBeInterrupted claims that all buffers go back when they are.
func TestSharedSlicesCanBeInterrupted(t *testing.T) {
	p, data := sharedTower(t, 2)
	workers := nest.NewWorkers(2)
	defer workers.Close()
	for slice := range p.Regions[0].Slices() {
		strategy, err := alloc.New("arena")
		if err != nil {
			t.Fatal(err)
		}
		e, err := NewExecutor(p, strategy, data, Execution{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		e.wrap(func(i int, k nest.Kernel) nest.Kernel {
			if i == p.Regions[0].First {
				return &interrupting{k, e, slice}
			}
			return k
		})
		result := dtype.MakeBytes(p.ResultBytes())
		if err := e.Run(result); !errors.Is(err, ErrInterrupted) {
			t.Fatalf("slice %d: error %v, want %v", slice, err, ErrInterrupted)
		}
		want, err := runChecked(p, "make", data, Execution{})
		if err != nil {
			t.Fatal(err)
		}
		again, err := NewExecutor(p, strategy, data, Execution{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Run(result); err != nil || !bytes.Equal(result, want) {
			t.Fatalf("after an interruption in slice %d: error %v, or other bits", slice, err)
		}
		strategy.Close()
	}
}

// TestFewSlicesAreNotSharedOut claims that kernels divide their work themselves where the
// slices that are not added up are too few for all workers, and that results do not depend
// on which it is.
func TestFewSlicesAreNotSharedOut(t *testing.T) {
	in := tower(dtype.Float32)
	in.Output = []instance.Label{}
	p, err := Compile(in, in.Paths[0], Options{Regions: forced[0], Kernel: kernel.Options{Threads: 2}})
	if err != nil {
		t.Fatal(err)
	}
	last := &p.Regions[len(p.Regions)-1]
	if last.Adds != last.Slices() || last.Shares != 1 {
		t.Errorf("%d slices, %d of them added up, among %d workers: want all added up, by one", last.Slices(), last.Adds, last.Shares)
	}
}
