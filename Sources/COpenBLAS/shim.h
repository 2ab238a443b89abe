#ifndef COPENBLAS_SHIM_H
#define COPENBLAS_SHIM_H

// LAPACKE passes complex numbers as C99 types by default, which Swift cannot import.
#define lapack_complex_float struct lapack_complex_float_pair
#define lapack_complex_double struct lapack_complex_double_pair
struct lapack_complex_float_pair { float real, imaginary; };
struct lapack_complex_double_pair { double real, imaginary; };

#include <cblas.h>
#include <lapacke.h>

#endif
