#ifndef COPENBLAS_SHIM_H
#define COPENBLAS_SHIM_H

// LAPACKE passes complex numbers as C99 types by default, which Swift cannot import.
#define lapack_complex_float struct lapack_complex_float_pair
#define lapack_complex_double struct lapack_complex_double_pair
struct lapack_complex_float_pair { float real, imaginary; };
struct lapack_complex_double_pair { double real, imaginary; };

#include <cblas.h>
#include <lapacke.h>

// OpenBLAS's allocator of work buffers: exported, but in none of its headers, and not in every build.
#ifdef __APPLE__
#define COPENBLAS_OPTIONAL __attribute__((weak_import))
#else
#define COPENBLAS_OPTIONAL __attribute__((weak))
#endif
extern void *blas_memory_alloc(int position) COPENBLAS_OPTIONAL;
extern void blas_memory_free(void *buffer) COPENBLAS_OPTIONAL;

// A buffer that a product takes; NULL where the build does not show its allocator.
static inline void *openblas_take_buffer(void) {
  return blas_memory_alloc && blas_memory_free ? blas_memory_alloc(0) : 0;
}

// Back to OpenBLAS, which keeps it for the next product.
static inline void openblas_return_buffer(void *buffer) {
  if (buffer) blas_memory_free(buffer);
}

#endif
