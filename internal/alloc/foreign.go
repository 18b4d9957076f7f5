package alloc

import "unsafe"

// A library is an allocator in C: its malloc and free.
type library struct {
	malloc, free unsafe.Pointer
}

// foreign passes every call to a C allocator: malloc of the system, mimalloc or
// jemalloc, the latter two loaded at run time where they are installed.
//
// It models the system allocator that the light_415 analysis blames, and its proposal 1.
// What is kept between contractions is the library's own choice. Each call
// crosses from Go to C, which a Rust or C program wouldn't pay: see
// [CgoCallCost].
type foreign struct {
	lib    library
	bytes  []int
	live   live
	held   int
	misses int
}

func newMalloc(options) (Strategy, error)   { return newForeign(loadMalloc()) }
func newMimalloc(options) (Strategy, error) { return newForeign(loadMimalloc()) }
func newJemalloc(options) (Strategy, error) { return newForeign(loadJemalloc()) }

func newForeign(lib library, err error) (Strategy, error) {
	return &foreign{lib: lib}, err
}

// Prepare implements Strategy.
func (f *foreign) Prepare(requests []Request) error {
	f.bytes, f.live = sizes(requests), newLive(requests)
	return Validate(requests)
}

// Alloc implements Strategy.
func (f *foreign) Alloc(id int) unsafe.Pointer {
	p := callMalloc(f.lib.malloc, f.bytes[id])
	if p != nil {
		f.misses++
		f.held += f.bytes[id]
		f.live.add(id, p)
	}
	return p
}

// Free implements Strategy.
func (f *foreign) Free(id int, p unsafe.Pointer) {
	f.live.drop(id)
	f.held -= f.bytes[id]
	callFree(f.lib.free, p)
}

// Reset implements Strategy.
func (f *foreign) Reset() { f.live.takeBack(f.Free) }

// Close implements Strategy. The library stays loaded.
func (f *foreign) Close() error {
	f.Reset()
	return nil
}

// Footprint implements Sized as far as it can: what the library was asked for.
// What it holds beyond that it has no common way to tell.
func (f *foreign) Footprint() int { return f.held }

// Misses implements Reuser: every call is passed on. Whether the library had
// the memory already it doesn't tell.
func (f *foreign) Misses() int { return f.misses }

// join makes a front end for another contraction; C allocators are shared anyway.
func (f *foreign) join() Strategy { return &foreign{lib: f.lib} }
