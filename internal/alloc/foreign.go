package alloc

import "unsafe"

// A library is an allocator in C: its malloc and free.
type library struct {
	malloc, free unsafe.Pointer
	// flags are those of mallocx and dallocx, which malloc and free are then; 0: these
	// take none.
	flags int
	// again, if set, returns the same library for one more contraction at a time, and
	// done gives back what is that one's own.
	again func() (library, error)
	done  func()
}

// alloc asks the library for memory, nil if there is none.
func (l *library) alloc(bytes int) unsafe.Pointer { return callMalloc(l.malloc, bytes, l.flags) }

// release gives memory back to the library.
func (l *library) release(p unsafe.Pointer) { callFree(l.free, p, l.flags) }

// close gives back what is not shared with other users of the library.
func (l *library) close() {
	if l.done != nil {
		l.done()
		l.done = nil
	}
}

// foreign passes every call to a C allocator: malloc of the system, mimalloc or
// jemalloc, the latter two loaded at run time where they are installed.
//
// It models the system allocator that the light_415 analysis blames, and its proposal 1.
// What is kept between contractions is the library's own choice; with keep it gives
// nothing back to the system, as environment variables can tell it. Each call
// crosses from Go to C, which a Rust or C program wouldn't pay: see
// [CgoCallCost].
//
// Note: keep must not reach those who use the same library in this process without it.
// Of glibc and mimalloc, whose settings are the process's, a second copy is loaded, with
// settings and memory of its own; jemalloc gives each strategy an arena.
type foreign struct {
	lib    library
	bytes  []int
	live   live
	held   int
	misses int
	err    error // of a front end that could not join
}

func newMalloc(o options) (Strategy, error)   { return newForeign(libraryOf("malloc", o)) }
func newMimalloc(o options) (Strategy, error) { return newForeign(libraryOf("mimalloc", o)) }
func newJemalloc(o options) (Strategy, error) { return newForeign(libraryOf("jemalloc", o)) }

func newForeign(lib library, err error) (Strategy, error) {
	return &foreign{lib: lib}, err
}

// libraryOf loads the library of that name as options want it.
func libraryOf(name string, o options) (library, error) {
	load, keep := loadMalloc, keepMalloc
	switch name {
	case "mimalloc":
		load, keep = loadMimalloc, keepMimalloc
	case "jemalloc":
		load, keep = loadJemalloc, keepJemalloc
	}
	if o.has("keep") {
		return keep()
	}
	return load()
}

// Prepare implements Strategy.
func (f *foreign) Prepare(requests []Request) error {
	if f.err != nil {
		return f.err
	}
	f.bytes, f.live = sizes(requests), newLive(requests)
	return Validate(requests)
}

// Alloc implements Strategy.
func (f *foreign) Alloc(id int) unsafe.Pointer {
	p := f.lib.alloc(f.bytes[id])
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
	f.lib.release(p)
}

// Reset implements Strategy.
func (f *foreign) Reset() { f.live.takeBack(f.Free) }

// Close implements Strategy. The library stays loaded.
func (f *foreign) Close() error {
	f.leave()
	return nil
}

// leave gives back what is the front end's own.
func (f *foreign) leave() {
	f.Reset()
	f.lib.close()
}

// Footprint implements Sized as far as it can: what the library was asked for.
// What it holds beyond that it has no common way to tell.
func (f *foreign) Footprint() int { return f.held }

// Misses implements Reuser: every call is passed on. Whether the library had
// the memory already it doesn't tell.
func (f *foreign) Misses() int { return f.misses }

// join makes a front end for another contraction; C allocators are shared anyway.
func (f *foreign) join() Strategy {
	joined := &foreign{lib: f.lib}
	joined.lib.done = nil // that is f's
	if f.lib.again != nil {
		joined.lib, joined.err = f.lib.again()
	}
	return joined
}
