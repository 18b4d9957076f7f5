//go:build cgo && unix

package alloc

/*
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

// A copy of the C library in a namespace of its own. musl and macOS have no dlmopen.
static void *tnb_second_libc(char **why) {
	void *(*dlmopen)(long, const char *, int) = (void *(*)(long, const char *, int))dlsym(RTLD_DEFAULT, "dlmopen");
	if (dlmopen == NULL) {
		*why = strdup("only glibc has these settings, and dlmopen");
		return NULL;
	}
	void *handle = dlmopen(-1, "libc.so.6", RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL) {
		const char *error = dlerror();
		*why = strdup(error ? error : "unknown error");
	}
	return handle;
}

// The parameters are those of glibc's malloc.h, which others don't have.
static int tnb_keep(void *mallopt) {
	int (*set)(int, int) = (int (*)(int, int))mallopt;
	return set(-4, 0)              // M_MMAP_MAX: no buffer is mapped on its own
	    && set(-1, 0x7fffffff)     // M_TRIM_THRESHOLD: the top of the heap stays
	    && set(-8, 1);             // M_ARENA_MAX: other arenas map what exceeds 64 MiB all the same
}

// mimalloc reads its settings while it is loaded. Versions before 2.1 have the second.
static void *tnb_open_mimalloc(const char *file, char **why) {
	setenv("MIMALLOC_PURGE_DELAY", "-1", 1);
	setenv("MIMALLOC_ALLOW_DECOMMIT", "0", 1);
	void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL) {
		const char *error = dlerror();
		*why = strdup(error ? error : "unknown error");
	}
	unsetenv("MIMALLOC_PURGE_DELAY");
	unsetenv("MIMALLOC_ALLOW_DECOMMIT");
	return handle;
}

static void tnb_trim(void *trim) { ((int (*)(size_t))trim)(0); }
static void tnb_collect(void *collect) { ((void (*)(int))collect)(1); }

static const char *tnb_file(void *symbol) {
	Dl_info info;
	return dladdr(symbol, &info) ? info.dli_fname : NULL;
}

typedef int (*tnb_mallctl)(const char *, void *, size_t *, void *, size_t);

static int tnb_ctl_new(void *ctl, const char *name, unsigned *made) {
	size_t size = sizeof *made;
	return ((tnb_mallctl)ctl)(name, made, &size, NULL, 0);
}
static int tnb_ctl_size(void *ctl, const char *name, long value) {
	ssize_t v = value;
	return ((tnb_mallctl)ctl)(name, NULL, NULL, &v, sizeof v);
}
static int tnb_ctl_unsigned(void *ctl, const char *name, unsigned value) {
	return ((tnb_mallctl)ctl)(name, NULL, NULL, &value, sizeof value);
}
static int tnb_ctl_do(void *ctl, const char *name) { return ((tnb_mallctl)ctl)(name, NULL, NULL, NULL, 0); }
*/
import "C"

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// copied is a second copy of a library, which gives back what it keeps when its last
// user has gone.
type copied struct {
	library
	trim  func()
	users atomic.Int32
}

// user returns the library for one more strategy.
func (c *copied) user() library {
	c.users.Add(1)
	lib := c.library
	lib.done = func() {
		if c.users.Add(-1) == 0 {
			c.trim()
		}
	}
	return lib
}

func keepMalloc() (library, error)   { return userOf(secondMalloc()) }
func keepMimalloc() (library, error) { return userOf(secondMimalloc()) }

func userOf(c *copied, err error) (library, error) {
	if err != nil {
		return library{}, err
	}
	return c.user(), nil
}

// secondMalloc: what MALLOC_MMAP_MAX_=0 and MALLOC_TRIM_THRESHOLD_ do, to a second copy
// of glibc. It has one arena for all threads, as else buffers of 64 MiB and more would
// be mapped each time.
var secondMalloc = sync.OnceValues(func() (*copied, error) {
	var why *C.char
	handle := C.tnb_second_libc(&why)
	if handle == nil {
		defer C.free(unsafe.Pointer(why))
		return nil, fmt.Errorf("keep needs a second copy of the C library: %s", C.GoString(why))
	}
	lib := library{malloc: symbol(handle, "malloc"), free: symbol(handle, "free")}
	mallopt, trim := symbol(handle, "mallopt"), symbol(handle, "malloc_trim")
	if lib.malloc == nil || lib.free == nil || mallopt == nil || trim == nil || C.tnb_keep(mallopt) == 0 {
		return nil, errors.New("keep: this C library does not take the settings")
	}
	return &copied{library: lib, trim: func() { C.tnb_trim(trim) }}, nil
})

// secondMimalloc: what MIMALLOC_PURGE_DELAY=-1 does, to a second copy of mimalloc.
var secondMimalloc = sync.OnceValues(func() (*copied, error) {
	first, err := loadMimalloc()
	if err != nil {
		return nil, err
	}
	file, err := copyOf(C.GoString(C.tnb_file(first.malloc)))
	if err != nil {
		return nil, fmt.Errorf("keep needs a second copy of mimalloc: %w", err)
	}
	defer os.Remove(file)
	name := C.CString(file)
	defer C.free(unsafe.Pointer(name))
	var why *C.char
	handle := C.tnb_open_mimalloc(name, &why)
	if handle == nil {
		defer C.free(unsafe.Pointer(why))
		return nil, fmt.Errorf("keep needs a second copy of mimalloc: %s", C.GoString(why))
	}
	lib := library{malloc: symbol(handle, "mi_malloc"), free: symbol(handle, "mi_free")}
	collect := symbol(handle, "mi_collect")
	if lib.malloc == nil || lib.free == nil || collect == nil || lib.malloc == first.malloc {
		return nil, errors.New("keep needs a second copy of mimalloc, and this system gives none")
	}
	return &copied{library: lib, trim: func() { C.tnb_collect(collect) }}, nil
})

// copyOf copies a file to one that only this process knows.
func copyOf(file string) (string, error) {
	from, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer from.Close()
	to, err := os.CreateTemp("", "tnbench-*.so")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Close()); err != nil {
		os.Remove(to.Name())
	}
	return to.Name(), err
}

// jemallocX is what jemalloc has beyond malloc and free.
type jemallocX struct{ mallocx, dallocx, mallctl unsafe.Pointer }

var loadJemallocX = sync.OnceValues(func() (jemallocX, error) {
	lib, err := loadJemalloc()
	if err != nil {
		return jemallocX{}, err
	}
	handle, err := open([]string{C.GoString(C.tnb_file(lib.malloc))}) // once more: it is loaded
	if err != nil {
		return jemallocX{}, err
	}
	for _, prefix := range []string{"", "je_"} {
		x := jemallocX{symbol(handle, prefix+"mallocx"), symbol(handle, prefix+"dallocx"), symbol(handle, prefix+"mallctl")}
		if x.mallocx != nil && x.dallocx != nil && x.mallctl != nil {
			return x, nil
		}
	}
	return jemallocX{}, errors.New("keep needs a jemalloc with mallocx and mallctl")
})

// keepJemalloc: what MALLOC_CONF=dirty_decay_ms:-1,muzzy_decay_ms:-1,oversize_threshold:0
// does, to an arena of its own: an arena that was asked for takes buffers of any size.
func keepJemalloc() (library, error) {
	x, err := loadJemallocX()
	if err != nil {
		return library{}, err
	}
	arena, err := x.create("arenas.create")
	if err != nil {
		return library{}, err
	}
	for _, kind := range []string{"dirty", "muzzy"} {
		if err := x.set(fmt.Sprintf("arena.%d.%s_decay_ms", arena, kind), -1); err != nil {
			return library{}, err
		}
	}
	lib, err := x.user(arena)
	if err != nil {
		return library{}, err
	}
	leave := lib.done
	lib.done = func() {
		leave()
		x.do(fmt.Sprintf("arena.%d.destroy", arena))
	}
	return lib, nil
}

// user returns an arena with a cache for one that calls it from any thread, but never
// from two at once. A thread's own cache would mix up arenas.
func (x jemallocX) user(arena int) (library, error) {
	cache, err := x.create("tcache.create")
	return library{
		malloc: x.mallocx, free: x.dallocx, flags: (arena+1)<<20 | (cache+2)<<8, // MALLOCX_ARENA, MALLOCX_TCACHE
		again: func() (library, error) { return x.user(arena) },
		done:  func() { x.setUnsigned("tcache.destroy", cache) },
	}, err
}

// create makes something and returns its number.
func (x jemallocX) create(name string) (int, error) {
	var made C.unsigned
	err := x.control(name, func(s *C.char) C.int { return C.tnb_ctl_new(x.mallctl, s, &made) })
	return int(made), err
}

func (x jemallocX) set(name string, value int) error {
	return x.control(name, func(s *C.char) C.int { return C.tnb_ctl_size(x.mallctl, s, C.long(value)) })
}

func (x jemallocX) setUnsigned(name string, value int) error {
	return x.control(name, func(s *C.char) C.int { return C.tnb_ctl_unsigned(x.mallctl, s, C.unsigned(value)) })
}

func (x jemallocX) do(name string) error {
	return x.control(name, func(s *C.char) C.int { return C.tnb_ctl_do(x.mallctl, s) })
}

// control calls mallctl for a name.
func (x jemallocX) control(name string, call func(*C.char) C.int) error {
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	if code := call(s); code != 0 {
		return fmt.Errorf("keep: jemalloc's %s: %w", name, syscall.Errno(code))
	}
	return nil
}
