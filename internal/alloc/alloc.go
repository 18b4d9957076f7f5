// Package alloc holds the allocation strategies: how the intermediates and
// temporaries of a contraction get memory. It is a leaf and refuses to know
// tensor networks: a program reaches it as a list of requests with lifetimes.
//
// Some strategies model what the light_415 analysis found or proposed: a study of
// why the public benchmark tensornetwork_permutation_light_415 allocates as it does
// in strided-rs (Rust) and in Julia.
package alloc

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unsafe"
)

// Alignment in bytes of every buffer that a strategy carves from a block.
const Alignment = 64

// Request announces one buffer of a program. Its position in the list given to
// [Strategy.Prepare] is the buffer's id.
type Request struct {
	Bytes int // at least 1
	// The buffer is live in the steps First..Last, both included. Buffers whose
	// ranges share a step exist at once.
	First, Last int32
}

// Strategy hands out memory to one contraction at a time. One contraction is:
// Alloc and Free calls, each announced id allocated exactly once and freed
// exactly once, then Reset.
//
//   - The caller MUST call Prepare once, before everything else.
//   - Alloc returns memory of at least requests[id].Bytes bytes, aligned for
//     every element type (strategies that carve blocks align to [Alignment]).
//     Its content is undefined: the caller MUST NOT read before writing.
//     It returns nil if memory ran out; the strategy stays usable.
//   - The caller MUST free each buffer exactly once, with the id and the very
//     pointer of its Alloc, and MUST NOT touch it afterwards.
//   - Reset MUST follow the last Free of each contraction, also of one that was
//     broken off; buffers still live then are taken back. What may be kept
//     between contractions is each strategy's own choice, stated in its file.
//   - Close gives everything back. Nothing may be called after it.
//   - No method may be called concurrently with another.
type Strategy interface {
	Prepare(requests []Request) error
	Alloc(id int) unsafe.Pointer
	Free(id int, p unsafe.Pointer)
	Reset()
	Close() error
}

// Sized is implemented by strategies that know what they hold: the bytes taken
// from the runtime or the system at this moment, in use or not. Of C allocators
// it is a lower bound, what they were asked for. Strategies whose memory belongs
// to the collector do not implement it.
type Sized interface {
	Footprint() int
}

// Reuser is implemented by strategies that can tell how often they had to take
// fresh memory from the runtime or the system: so many of the calls of Alloc so
// far were misses, all others hits.
type Reuser interface {
	Misses() int
}

// ErrOutOfMemory is wrapped by the errors of Prepare that mean so. (Alloc
// returns nil instead.)
var ErrOutOfMemory = errors.New("out of memory")

func outOfMemory(what string, bytes int) error {
	return fmt.Errorf("%w: %s needs %d bytes", ErrOutOfMemory, what, bytes)
}

// A RestartError says that a strategy can work here, but only in a process that
// was started with an environment variable. Restarting is up to the program: a
// library must not.
type RestartError struct {
	Name, Value string
	Reason      string
}

// Error says what is wrong and how to start.
func (e *RestartError) Error() string {
	return fmt.Sprintf("%s: start with %s=%s", e.Reason, e.Name, e.Value)
}

// Environ returns the environment to start the process with, for syscall.Exec.
func (e *RestartError) Environ() []string {
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, e.Name+"=") })
	return append(env, e.Name+"="+e.Value)
}
