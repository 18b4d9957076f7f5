package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/region"
	"tnbench/internal/result"
	"tnbench/internal/slicing"
	"tnbench/internal/verify"
)

// Check says when results are held against an independent computation.
type Check uint8

// The choices. Auto is when it costs less than the measurement, or a second, and
// fits into memory.
const (
	CheckAuto Check = iota
	CheckOn
	CheckOff
)

var checkNames = [...]string{CheckAuto: "auto", CheckOn: "on", CheckOff: "off"}

// CheckNames lists the choices.
func CheckNames() []string { return checkNames[:] }

// ParseCheck returns the choice called name.
func ParseCheck(name string) (Check, error) {
	for c, n := range checkNames {
		if n == name {
			return Check(c), nil
		}
	}
	return 0, fmt.Errorf("no choice %q: there are %v", name, checkNames)
}

// String returns the choice's name.
func (c Check) String() string { return checkNames[c] }

// expectation is what every run of a job must compute, found before any strategy
// has its turn, so that each is judged alone.
type expectation struct {
	bits       []byte // nil: not known yet, the first result will be it
	whose      string // ends the sentence "differs from ..."
	by         string // result.CheckBits and its like
	unverified string // why it was not held against an independent computation
	unsound    string // numbers on the way that are out of range
}

// unchecked is why a result was not verified that nobody wanted verified.
const unchecked = "--check is off"

// cheap is how long a verification may take in any case.
const cheap = time.Second

// expect implements job. It contracts with fresh memory for every buffer, looks
// at all numbers on the way, and holds the result against an independent
// computation and against the digest that is stored beside the instance. An error
// says that the result is wrong whatever the strategy.
func (c *contraction) expect(ctx context.Context) (expectation, error) {
	e := expectation{by: result.CheckBits}
	if c.config.Check == CheckOff {
		e.unverified = unchecked
		return e, nil
	}
	defer debug.FreeOSMemory() // the strategies shall find the memory that they were promised
	held := max(residentNow()-c.config.Own, c.program.InputBytes())
	exceeds := func(need int) bool { return c.config.Limit > 0 && int64(held+need) > c.config.Limit }
	cuts := c.cuts()
	if need := checkNeed(c.program); exceeds(need) {
		if cuts = c.finer(int(c.config.Limit) - held - c.program.ResultBytes()); cuts == nil {
			if c.config.Check == CheckOn {
				return e, fmt.Errorf("not measured: its check needs %d bytes, the limit is %d; use --check auto, or raise --mem-limit", held+need, c.config.Limit)
			}
			e.unverified = "the memory is too small for it"
		}
		if exceeds(freshNeed(c.program) + c.program.ResultBytes()) {
			e.unverified = "the memory is too small for it"
			return e, nil
		}
	}
	took, err := c.contractFresh(ctx, c.prepare, &e)
	if err != nil {
		return expectation{by: result.CheckBits}, err
	}
	debug.FreeOSMemory() // what the contraction left is not to lie beside what the verification takes
	if e.unverified == "" {
		if err := c.verify(ctx, &e, took, cuts); err != nil {
			return e, err
		}
	}
	return e, c.compareStored(&e)
}

// checkNeed returns the bytes that a check takes beside the inputs. It ends before
// strategies get memory, so that only the larger of the two counts.
func checkNeed(p *contract.Program) int {
	j := contraction{program: p}
	return max(freshNeed(p), verify.CostOf(p.Instance, j.steps(), j.cuts()...).Bytes) + p.ResultBytes()
}

// contractFresh contracts once, without any strategy's memory.
func (c *contraction) contractFresh(ctx context.Context, prepare func(alloc.Strategy) (runner, error), e *expectation) (time.Duration, error) {
	memory := newFresh(c.program, c.config.Fill)
	r, err := prepare(memory)
	if err != nil {
		return 0, err
	}
	defer r.close()
	defer context.AfterFunc(ctx, r.interrupt)()
	poison(r.output())
	start := time.Now()
	if err := r.run(); err != nil {
		return 0, err
	}
	took := time.Since(start)
	e.bits, e.whose = r.output(), "the one with fresh memory"
	memory.look(len(c.program.Steps)-1, e.bits)
	e.unsound = memory.String()
	return took, nil
}

// verify computes the result by another way, slice by slice if there are cuts. took is the
// time of a contraction.
func (c *contraction) verify(ctx context.Context, e *expectation, took time.Duration, cuts []instance.Cut) error {
	contractions := len(c.config.Strategies) * (c.config.Warmup + 2*c.config.Runs + 2)
	cost := verify.CostOf(c.program.Instance, c.steps(), cuts...)
	if c.config.Check == CheckAuto && cost.Time > max(cheap, took*time.Duration(contractions)).Seconds() {
		e.unverified = fmt.Sprintf("it would take about %.0f s, longer than the measurement", cost.Time)
		return nil
	}
	outcome, err := verify.Contract(ctx, c.program.Instance, c.steps(), c.inputs, cuts...)
	if err != nil {
		return contract.ErrInterrupted
	}
	switch err := outcome.Check(e.bits); {
	case errors.Is(err, verify.ErrUnknown):
		e.unverified = err.Error()
	case err != nil:
		return fmt.Errorf("wrong result whatever the strategy: %w", err)
	default:
		e.by, e.whose = result.CheckVerified, "the verified one"
	}
	return nil
}

// storedTolerance is how near digests of double precision are to stored ones.
const storedTolerance = 1e-10

// compareStored holds the result against the digest that is stored beside the
// instance, if one is.
func (c *contraction) compareStored(e *expectation) error {
	want := c.config.Stored
	if !want.OK {
		return nil
	}
	tolerance := max(storedTolerance, verify.Bound(c.program.Instance, c.steps(), c.cuts()...))
	if tolerance >= 1 {
		return nil
	}
	if got := c.digest(e.bits); !got.Near(want.Value, tolerance) {
		return fmt.Errorf("wrong result whatever the strategy: digest %v differs from the stored one %v by more than %.3g", got, want.Value, tolerance)
	}
	if e.by != result.CheckVerified {
		e.by, e.whose = result.CheckDigest, "the one that has the stored digest"
	}
	return nil
}

// steps returns the program's steps as the verification wants them.
func (c *contraction) steps() []verify.Step {
	steps := make([]verify.Step, len(c.program.Steps))
	for i, s := range c.program.Steps {
		steps[i] = verify.Step{Left: s.Left, Right: s.Right, Out: s.Out}
	}
	return steps
}

// cuts returns those of the program's slices.
func (c *contraction) cuts() []instance.Cut {
	if s := c.program.Slices; s != nil {
		return s.Cuts
	}
	return nil
}

// finer returns cuts with which the verification of a sliced program takes no more than so
// many bytes, nil if there are none: it holds more than a contraction does.
func (c *contraction) finer(bytes int) []instance.Cut {
	if c.program.Slices == nil {
		return nil
	}
	for room := float64(c.program.PeakLive); room >= 1; room /= 4 {
		cuts, ok := slicing.Choose(c.program.Tree(), c.program.Order, region.Off, room)
		if !ok {
			break
		}
		if len(cuts) > 0 && verify.CostOf(c.program.Instance, c.steps(), cuts...).Bytes <= bytes {
			return cuts
		}
	}
	return nil
}

// poison fills memory with NaN of every element type, so that what is not written
// is seen. It copies a block again and again: copies of more than a megabyte are
// written past the caches, so that no dirty lines are left for the clock to pay.
func poison(b []byte) {
	for len(b) > 0 {
		b = b[copy(b, poisonBlock()):]
	}
}

// poisonBlock returns a block of NaN.
var poisonBlock = sync.OnceValue(func() []byte { return bytes.Repeat([]byte{0xff}, 2<<20) })
