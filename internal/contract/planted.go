//go:build planted

package contract

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/kernel/nest"
)

// PlantVariable names the environment variable that plants faults in a build with
// the tag "planted", so that gates and statistics can be tried: a list, separated by
// commas, of slow=5% (each contraction takes so much longer), alloc=16 (each makes a
// heap allocation of so many bytes), metadata=200 (each description of a result takes so
// many nanoseconds longer) and panic (each does). Other builds have none of this.
const PlantVariable = "TNBENCH_PLANT"

// Planted returns the faults that are planted; it is empty if none are.
func Planted() string { return os.Getenv(PlantVariable) }

// plant is the faults of one executor.
type plant struct {
	slow  float64 // share of a contraction's time that is added to it
	bytes int     // of the allocation that is added; 0: none
	panic bool
	// described is the rounds of idle arithmetic of each description of a result.
	described int

	count  int
	timed  bool // whether this contraction's time is taken
	began  time.Time
	rounds int // of the idle arithmetic that a contraction gets
	kept   []byte
	result uint64
}

// plant wraps the kernels of the first and of the last step, if a fault is planted.
func (e *Executor) plant() error {
	p, err := parsePlant(Planted())
	if p == nil || err != nil {
		return err
	}
	last := len(e.ops) - 1
	e.Wrap(func(i int, k nest.Kernel) nest.Kernel {
		if d, ok := k.(*described); ok && p.described > 0 {
			k = &described{d.Kernel, []recorder{&plantedRecorder{d.recorders[0], p}}, d.step}
		}
		if i == last {
			k = &plantedLast{k, p}
		}
		if i == 0 {
			k = &plantedFirst{k, p}
		}
		return k
	})
	return nil
}

// parsePlant reads a list of faults. It returns nil for none.
func parsePlant(text string) (*plant, error) {
	if text == "" {
		return nil, nil
	}
	p := &plant{}
	for _, fault := range strings.Split(text, ",") {
		name, value, _ := strings.Cut(fault, "=")
		var err error
		switch name {
		case "slow":
			p.slow, err = strconv.ParseFloat(strings.TrimSuffix(value, "%"), 64)
			p.slow /= 100
		case "alloc":
			p.bytes, err = strconv.Atoi(value)
		case "metadata":
			var ns float64
			if ns, err = strconv.ParseFloat(value, 64); ns < 0 {
				err = strconv.ErrRange
			}
			p.described = alloc.IdleRounds(ns)
		case "panic":
			p.panic = true
		default:
			err = fmt.Errorf("there are slow=5%%, alloc=16, metadata=200 and panic")
		}
		if err != nil || p.slow < 0 || p.bytes < 0 {
			return nil, fmt.Errorf("%s: %q is no fault: %v", PlantVariable, fault, err)
		}
	}
	return p, nil
}

type plantedFirst struct {
	nest.Kernel
	*plant
}

// Run implements nest.Kernel.
func (p *plantedFirst) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	if env.Slice == 0 {
		p.begin()
	}
	p.Kernel.Run(env, c, a, b)
}

type plantedRecorder struct {
	recorder
	*plant
}

func (p *plantedRecorder) describe(step int) {
	p.result = alloc.Idle(p.described, p.result)
	p.recorder.describe(step)
}

type plantedLast struct {
	nest.Kernel
	*plant
}

// Run implements nest.Kernel.
func (p *plantedLast) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	p.Kernel.Run(env, c, a, b)
	if env.Slice >= env.Slices-1 {
		p.end()
	}
}

// A contraction that takes long is slowed by its own time. For a short one reading
// the clock would be the fault, so one of some is timed for those after it.
const (
	shortTime  = 20 * time.Microsecond
	shortCycle = 64
)

func (p *plant) begin() {
	if p.panic {
		panic("a planted fault")
	}
	if p.bytes > 0 {
		p.kept = make([]byte, p.bytes)
	}
	if p.slow > 0 {
		if p.timed = p.rounds >= alloc.IdleRounds(p.slow*float64(shortTime)) || p.count < 8 || p.count%shortCycle == 0; p.timed {
			p.began = time.Now()
		}
	}
}

func (p *plant) end() {
	if p.slow == 0 {
		return
	}
	p.count++
	if p.timed {
		p.rounds = alloc.IdleRounds(p.slow * float64(time.Since(p.began)))
	}
	p.result = alloc.Idle(p.rounds, p.result)
}
