// A library of the form that Apple's Accelerate has: integers of 64 bits, names with a
// suffix, and a number of threads that each thread sets for itself. It knows what
// tnbench asks for and nothing else, and fails if nobody has told it the threads.
#include <stdint.h>
#include <string.h>

typedef int64_t I;
#define NAMED(name) name##$NEWLAPACK$ILP64
#define TRANS 112

static __thread unsigned model = 99;
int BLASSetThreading(unsigned to) { model = to; return 0; }

#define CORE(P, T) \
static void P##core(int ta, int tb, I m, I n, I k, const T *a, I lda, const T *b, I ldb, T *c, I ldc) { \
	for (I i = 0; i < m; i++) for (I j = 0; j < n; j++) { \
		T sum = model > 1; /* wrong */ \
		for (I l = 0; l < k; l++) sum += a[ta == TRANS ? l*lda + i : i*lda + l] * b[tb == TRANS ? j*ldb + l : l*ldb + j]; \
		c[i*ldc + j] = sum; \
	} \
} \
static void P##column(int t, I m, I n, const T *a, I lda, const T *x, I dx, T *y, I dy) { \
	P##core(t, 0, t == TRANS ? n : m, 1, t == TRANS ? m : n, a, lda, x, dx, y, dy); \
}

#define REAL(P, T) CORE(P, T) \
void NAMED(cblas_##P##gemm)(int order, int ta, int tb, I m, I n, I k, T alpha, const T *a, I lda, const T *b, I ldb, T beta, T *c, I ldc) { \
	P##core(ta, tb, m, n, k, a, lda, b, ldb, c, ldc); \
} \
void NAMED(cblas_##P##gemv)(int order, int t, I m, I n, T alpha, const T *a, I lda, const T *x, I dx, T beta, T *y, I dy) { \
	P##column(t, m, n, a, lda, x, dx, y, dy); \
} \
T NAMED(cblas_##P##dot)(I n, const T *x, I dx, const T *y, I dy) { T c; P##core(TRANS, 0, 1, 1, n, x, dx, y, dy, &c, 1); return c; }

#define COMPLEX(P, T) CORE(P, T _Complex) \
void NAMED(cblas_##P##gemm)(int order, int ta, int tb, I m, I n, I k, const void *alpha, const void *a, I lda, const void *b, I ldb, const void *beta, void *c, I ldc) { \
	P##core(ta, tb, m, n, k, a, lda, b, ldb, c, ldc); \
} \
void NAMED(cblas_##P##gemv)(int order, int t, I m, I n, const void *alpha, const void *a, I lda, const void *x, I dx, const void *beta, void *y, I dy) { \
	P##column(t, m, n, a, lda, x, dx, y, dy); \
} \
void NAMED(cblas_##P##dotu_sub)(I n, const void *x, I dx, const void *y, I dy, void *c) { P##core(TRANS, 0, 1, 1, n, x, dx, y, dy, c, 1); }

REAL(s, float)
REAL(d, double)
COMPLEX(c, float)
COMPLEX(z, double)
