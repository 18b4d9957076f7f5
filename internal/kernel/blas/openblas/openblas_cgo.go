//go:build cgo && unix

package openblas

/*
#cgo linux LDFLAGS: -ldl
#cgo noescape tnb_multiply
#cgo nocallback tnb_multiply
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };
enum { DOT, GEMV, GEMM, ROUTINES };
enum { F32, F64, C64, C128, TYPES };

typedef struct {
	void *f[ROUTINES][TYPES];
	int wide; // its integers have 64 bits
	void *set_threads, *config, *core;
	void *set_model; // of the calling thread, 0: several threads, 1: one
} tnb_library;

typedef struct {
	int64_t routine, type, trans_a, trans_b, m, n, k, lda, ldb, ldc;
} tnb_product;

// The calls for integers of type I and elements of T, two to a complex one. Some
// releases let a NaN in a vector through although beta is 0 (OpenBLAS issue 929),
// so vectors are cleared.
#define CALLS(N, I, T) \
static void N##_gemm(void *f, const tnb_product *p, const void *a, const void *b, void *c) { \
	((void (*)(int, int, int, I, I, I, T, const T *, I, const T *, I, T, T *, I))f)( \
		ROW_MAJOR, p->trans_a, p->trans_b, p->m, p->n, p->k, 1, a, p->lda, b, p->ldb, 0, c, p->ldc); \
} \
static void N##_gemv(void *f, const tnb_product *p, const void *a, const void *b, void *c) { \
	int t = p->trans_a == TRANS; \
	for (int64_t i = 0; i < p->m; i++) ((T *)c)[i*p->ldc] = 0; \
	((void (*)(int, int, I, I, T, const T *, I, const T *, I, T, T *, I))f)( \
		ROW_MAJOR, p->trans_a, t ? p->k : p->m, t ? p->m : p->k, 1, a, p->lda, b, p->ldb, 0, c, p->ldc); \
} \
static void N##_dot(void *f, const tnb_product *p, const void *a, const void *b, void *c) { \
	*(T *)c = ((T (*)(I, const T *, I, const T *, I))f)(p->k, a, p->lda, b, p->ldb); \
}
#define COMPLEX_CALLS(N, I, T) \
static void N##_gemm(void *f, const tnb_product *p, const void *a, const void *b, void *c) { \
	static const T one[2] = {1, 0}, zero[2] = {0, 0}; \
	((void (*)(int, int, int, I, I, I, const void *, const void *, I, const void *, I, const void *, void *, I))f)( \
		ROW_MAJOR, p->trans_a, p->trans_b, p->m, p->n, p->k, one, a, p->lda, b, p->ldb, zero, c, p->ldc); \
} \
static void N##_gemv(void *f, const tnb_product *p, const void *a, const void *b, void *c) { \
	static const T one[2] = {1, 0}, zero[2] = {0, 0}; \
	int t = p->trans_a == TRANS; \
	for (int64_t i = 0; i < p->m; i++) ((T *)c)[2*i*p->ldc] = ((T *)c)[2*i*p->ldc + 1] = 0; \
	((void (*)(int, int, I, I, const void *, const void *, I, const void *, I, const void *, void *, I))f)( \
		ROW_MAJOR, p->trans_a, t ? p->k : p->m, t ? p->m : p->k, one, a, p->lda, b, p->ldb, zero, c, p->ldc); \
} \
static void N##_dot(void *f, const tnb_product *p, const void *a, const void *b, void *c) { \
	((void (*)(I, const void *, I, const void *, I, void *))f)(p->k, a, p->lda, b, p->ldb, c); \
}

CALLS(s32, int32_t, float)
CALLS(d32, int32_t, double)
COMPLEX_CALLS(c32, int32_t, float)
COMPLEX_CALLS(z32, int32_t, double)
CALLS(s64, int64_t, float)
CALLS(d64, int64_t, double)
COMPLEX_CALLS(c64, int64_t, float)
COMPLEX_CALLS(z64, int64_t, double)

typedef void (*tnb_call)(void *, const tnb_product *, const void *, const void *, void *);

static const tnb_call calls[2][ROUTINES][TYPES] = {
	{{s32_dot, d32_dot, c32_dot, z32_dot}, {s32_gemv, d32_gemv, c32_gemv, z32_gemv}, {s32_gemm, d32_gemm, c32_gemm, z32_gemm}},
	{{s64_dot, d64_dot, c64_dot, z64_dot}, {s64_gemv, d64_gemv, c64_gemv, z64_gemv}, {s64_gemm, d64_gemm, c64_gemm, z64_gemm}},
};

typedef struct { int64_t extent, a, b, c; } tnb_loop;

// The loops are walked here, so that a batch costs one call from Go to C.
static void tnb_repeat(void *f, tnb_call call, const tnb_product *p, const tnb_loop *loops, int depth, char *c, const char *a, const char *b) {
	if (depth == 0) {
		call(f, p, a, b, c);
		return;
	}
	for (int64_t i = 0; i < loops->extent; i++)
		tnb_repeat(f, call, p, loops + 1, depth - 1, c + i*loops->c, a + i*loops->a, b + i*loops->b);
}

// A job is all that a call needs but the operands. It is in memory of C and known
// to Go as a number, and the operands' types have no pointers, so that cgo has
// nothing to check: its checks would take as long as a product of 16 x 16.
typedef struct {
	void *f, *set_model;
	tnb_call call;
	unsigned model;
	tnb_product product;
	int depth;
	tnb_loop loops[];
} tnb_job;

static uintptr_t tnb_job_new(const tnb_library *l, const tnb_product *p, const tnb_loop *loops, int depth, int threads) {
	tnb_job *job = malloc(sizeof *job + depth*sizeof *loops);
	if (job == NULL) return 0;
	job->f = l->f[p->routine][p->type];
	job->call = calls[l->wide][p->routine][p->type];
	job->set_model = l->set_model;
	job->model = threads > 1 ? 0 : 1;
	job->product = *p;
	job->depth = depth;
	if (depth > 0) memcpy(job->loops, loops, depth*sizeof *loops);
	return (uintptr_t)job;
}

static void tnb_job_free(uintptr_t job) { free((void *)job); }

static void tnb_multiply(uintptr_t at, char *c, const char *a, const char *b) {
	const tnb_job *job = (const tnb_job *)at;
	if (job->set_model) ((int (*)(unsigned))job->set_model)(job->model);
	tnb_repeat(job->f, job->call, &job->product, job->loops, job->depth, c, a, b);
}

static void tnb_set_threads(const tnb_library *l, int n) { ((void (*)(int))l->set_threads)(n); }
static const char *tnb_text(void *f) { return ((const char *(*)(void))f)(); }

// dlerror is of the thread, so it must be read before Go can switch threads.
static void *tnb_open(const char *file, char **why) {
	void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL) {
		const char *error = dlerror();
		*why = strdup(error ? error : "unknown error");
	}
	return handle;
}

// The file that a symbol comes from, NULL if unknown.
static const char *tnb_file(void *symbol) {
	Dl_info info;
	return dladdr(symbol, &info) ? info.dli_fname : NULL;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"tnbench/internal/dtype"
)

// Library is a loaded library. It may be shared by goroutines.
type Library struct {
	File   string // where it was found
	Config string // what it says of itself; empty if it has nothing to say
	Core   string // the processor it has chosen its routines for, likewise

	vendor
	c       C.tnb_library
	threads atomic.Int64
}

// Load loads the library that [Env] names, or the system's. It does so once.
// Its error says what to install.
var Load = sync.OnceValues(func() (*Library, error) { return load(os.Getenv(Env)) })

// LoadAccelerate loads Apple's Accelerate, once.
var LoadAccelerate = sync.OnceValues(func() (*Library, error) {
	if runtime.GOOS != "darwin" {
		return nil, errNotDarwin
	}
	l, err := loadFirst(accelerate, false)
	if err == nil && l.c.set_model == nil && os.Getenv(accelerateThreads) == "" {
		err = os.Setenv(accelerateThreads, "1")
	}
	return l, err
})

// accelerateThreads names the environment variable that tells how many threads
// Accelerate uses. It is read at the first call, and is all that there is before macOS
// 15: later ones are told with each call, by the thread that makes it.
const accelerateThreads = "VECLIB_MAXIMUM_THREADS"

// load loads file, or the system's library if file is empty.
func load(file string) (*Library, error) {
	v := system()
	if file != "" {
		v.files = []string{file}
	}
	return loadFirst(v, file != "")
}

// loadFirst loads the first of a vendor's files that there is. chosen says that the
// user has named it.
func loadFirst(v vendor, chosen bool) (*Library, error) {
	handle, err := open(v.files)
	if err != nil && chosen {
		return nil, fmt.Errorf("%s names a library that cannot be loaded (%w); correct it, or unset it to use the system's OpenBLAS", Env, err)
	}
	if err != nil {
		return nil, fmt.Errorf("no %s was found (%w); %s", v.name, err, v.install)
	}
	for _, f := range v.forms {
		if l, ok := bind(handle, f); ok {
			l.vendor = v
			l.setThreads(1)
			return l, nil
		}
	}
	return nil, fmt.Errorf("%s was loaded but has no C interface to BLAS (cblas_dgemm and the like); %s", strings.Join(v.files, ", "), v.install)
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
	}
	return nil, errors.New(strings.Join(errs, "; "))
}

// bind looks up all routines.
func bind(handle unsafe.Pointer, form form) (*Library, bool) {
	exact := func(name string) unsafe.Pointer {
		s := C.CString(name)
		defer C.free(unsafe.Pointer(s))
		return C.dlsym(handle, s)
	}
	find := func(name string) unsafe.Pointer { return exact(form.prefix + name + form.suffix) }
	l := &Library{}
	for routine, names := range [...][4]string{
		Dot:  {"cblas_sdot", "cblas_ddot", "cblas_cdotu_sub", "cblas_zdotu_sub"},
		Gemv: {"cblas_sgemv", "cblas_dgemv", "cblas_cgemv", "cblas_zgemv"},
		Gemm: {"cblas_sgemm", "cblas_dgemm", "cblas_cgemm", "cblas_zgemm"},
	} {
		for i, name := range names {
			f := find(name)
			if f == nil {
				return nil, false
			}
			l.c.f[routine][i] = f
		}
	}
	l.c.set_threads = find("openblas_set_num_threads")
	if f := find("openblas_get_config"); f != nil {
		l.Config = strings.TrimSpace(C.GoString(C.tnb_text(f)))
	}
	if f := find("openblas_get_corename"); f != nil {
		l.Core = C.GoString(C.tnb_text(f))
	}
	if form.wide || strings.Contains(l.Config, "USE64BITINT") {
		l.c.wide = 1
	}
	l.c.set_model = exact("BLASSetThreading")
	l.File = C.GoString(C.tnb_file(l.c.f[Gemm][1]))
	return l, true
}

// String names the library, its version and the processor it works for.
func (l *Library) String() string {
	if l.Config == "" {
		return l.File
	}
	return fmt.Sprintf("%s (%s, routines for %s)", l.File, l.Config, l.Core)
}

func (l *Library) maxInt() int {
	if l.c.wide != 0 {
		return math.MaxInt
	}
	return math.MaxInt32
}

// setThreads sets how many threads the library uses from now on. That is one
// number for the whole process; asking for the same again costs nothing.
func (l *Library) setThreads(n int) {
	if l.c.set_threads == nil || l.threads.Load() == int64(n) {
		return
	}
	C.tnb_set_threads(&l.c, C.int(n))
	l.threads.Store(int64(n))
}

// Call is a product made ready for calling. It may be shared by goroutines.
type Call struct {
	library *Library
	threads int
	job     C.uintptr_t
}

// Prepare returns the call that computes p on so many threads.
func (l *Library) Prepare(p *Product, threads int) (*Call, error) {
	if err := l.Check(p); err != nil {
		return nil, err
	}
	product := C.tnb_product{
		routine: C.int64_t(p.Routine), _type: C.int64_t(p.Type - dtype.Float32),
		trans_a: transposition(p.TransA), trans_b: transposition(p.TransB),
		m: C.int64_t(p.M), n: C.int64_t(p.N), k: C.int64_t(p.K),
		lda: C.int64_t(p.LDA), ldb: C.int64_t(p.LDB), ldc: C.int64_t(p.LDC),
	}
	batch := make([]C.tnb_loop, len(p.Batch))
	for i, b := range p.Batch {
		batch[i] = C.tnb_loop{C.int64_t(b.Extent), C.int64_t(b.A), C.int64_t(b.B), C.int64_t(b.C)}
	}
	job := C.tnb_job_new(&l.c, &product, unsafe.SliceData(batch), C.int(len(batch)), C.int(threads))
	if job == 0 {
		return nil, errors.New(l.name + ": no memory for a call")
	}
	call := &Call{l, max(1, threads), job}
	runtime.AddCleanup(call, func(job C.uintptr_t) { C.tnb_job_free(job) }, job)
	return call, nil
}

func transposition(yes bool) C.int64_t {
	if yes {
		return C.TRANS
	}
	return C.NO_TRANS
}

// Multiply computes the product. It allocates nothing in Go.
func (q *Call) Multiply(c, a, b unsafe.Pointer) {
	q.library.setThreads(q.threads)
	C.tnb_multiply(q.job, (*C.char)(c), (*C.char)(a), (*C.char)(b))
	runtime.KeepAlive(q)
}
