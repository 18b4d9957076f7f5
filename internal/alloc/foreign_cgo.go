//go:build cgo && unix

package alloc

/*
#cgo linux LDFLAGS: -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// With flags the functions are mallocx and dallocx.
static void *tnb_malloc(void *f, size_t n, int flags) {
	return flags ? ((void *(*)(size_t, int))f)(n, flags) : ((void *(*)(size_t))f)(n);
}
static void tnb_free(void *f, void *p, int flags) {
	if (flags) ((void (*)(void *, int))f)(p, flags); else ((void (*)(void *))f)(p);
}
static void tnb_nothing(void) {}
static void *tnb_system_malloc(void) { return (void *)malloc; }
static void *tnb_system_free(void) { return (void *)free; }

// dlerror is of the thread, so it must be read before Go can switch threads.
static void *tnb_open(const char *file, char **why) {
	void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL) {
		const char *error = dlerror();
		*why = strdup(error ? error : "unknown error");
	}
	return handle;
}

// Where the symbol's library is mapped, NULL if unknown.
static void *tnb_base(void *symbol) {
	Dl_info info;
	return dladdr(symbol, &info) ? info.dli_fbase : NULL;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// callMalloc goes through the pointer also for the system's malloc: C.malloc
// never returns nil, it ends the program.
func callMalloc(f unsafe.Pointer, bytes, flags int) unsafe.Pointer {
	return C.tnb_malloc(f, C.size_t(bytes), C.int(flags))
}

func callFree(f, p unsafe.Pointer, flags int) { C.tnb_free(f, p, C.int(flags)) }

func loadMalloc() (library, error) {
	return library{malloc: C.tnb_system_malloc(), free: C.tnb_system_free()}, nil
}

var loadMimalloc = sync.OnceValues(func() (library, error) {
	return load("mimalloc", "libmimalloc-dev", "mimalloc", []string{"libmimalloc.so.3", "libmimalloc.so.2", "libmimalloc.so"},
		"", [2]string{"mi_malloc", "mi_free"})
})

// jemalloc's functions have a prefix or not, as its packager likes.
var loadJemalloc = sync.OnceValues(func() (library, error) {
	return load("jemalloc", "libjemalloc2", "jemalloc", []string{"libjemalloc.so.2", "libjemalloc.so"},
		"mallctl", [2]string{"je_malloc", "je_free"}, [2]string{"malloc", "free"})
})

// load opens the first of a library's files that there is and finds the first
// pair of malloc and free that it has. If witness is given, the pair counts
// only if it lies in the same library as witness: dlsym also looks into the
// libraries that one depends on, and would find the system's malloc.
func load(name, debian, brew string, files []string, witness string, pairs ...[2]string) (library, error) {
	install := "apt install " + debian
	if runtime.GOOS == "darwin" {
		install = "brew install " + brew
		files = []string{"lib" + name + ".dylib", "/opt/homebrew/lib/lib" + name + ".dylib", "/usr/local/lib/lib" + name + ".dylib"}
	}
	handle, err := open(files)
	if restart := (*RestartError)(nil); errors.As(err, &restart) {
		return library{}, err
	}
	if err != nil {
		return library{}, fmt.Errorf("%w: install it (%s)", err, install)
	}
	for _, pair := range pairs {
		lib := library{malloc: symbol(handle, pair[0]), free: symbol(handle, pair[1])}
		if lib.malloc == nil || lib.free == nil {
			continue
		}
		if w := symbol(handle, witness); witness == "" || w != nil && C.tnb_base(w) == C.tnb_base(lib.malloc) {
			return lib, nil
		}
	}
	return library{}, fmt.Errorf("the library %s was loaded but has none of %q: install a newer one (%s)", name, pairs, install)
}

// open loads the first of files that can be.
func open(files []string) (unsafe.Pointer, error) {
	var errs []string
	for _, file := range files {
		var why *C.char
		name := C.CString(file)
		handle := C.tnb_open(name, &why)
		C.free(unsafe.Pointer(name))
		if handle != nil {
			return handle, nil
		}
		errs = append(errs, C.GoString(why))
		C.free(unsafe.Pointer(why))
		if strings.Contains(errs[len(errs)-1], "static TLS") {
			return nil, noStaticTLS(file)
		}
	}
	return nil, errors.New(strings.Join(errs, "; "))
}

// noStaticTLS: glibc gives libraries that are loaded late only so much room
// next to each thread's own variables, and Debian's jemalloc wants 2.6 KiB of it.
func noStaticTLS(file string) error {
	const name, tunable = "GLIBC_TUNABLES", "glibc.rtld.optional_static_tls=16384"
	reason := file + " is installed, but glibc keeps too little thread-local room for it"
	set := os.Getenv(name)
	switch {
	case strings.Contains(set, tunable):
		return errors.New(reason + " even with " + tunable)
	case set != "":
		return &RestartError{Name: name, Value: set + ":" + tunable, Reason: reason}
	}
	return &RestartError{Name: name, Value: tunable, Reason: reason}
}

func symbol(handle unsafe.Pointer, name string) unsafe.Pointer {
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	return C.dlsym(handle, s)
}

// CgoCallCost measures what a call from Go to C that does nothing costs, in
// nanoseconds: the median of several batches, about a millisecond in all. ok is
// false where there is no cgo.
func CgoCallCost() (ns float64, ok bool) {
	const batches, calls = 15, 2000
	var each [batches]float64
	for i := range each {
		start := time.Now()
		for range calls {
			C.tnb_nothing()
		}
		each[i] = float64(time.Since(start).Nanoseconds()) / calls
	}
	slices.Sort(each[:])
	return each[batches/2], true
}
