// Elementwise builtins that Swift's SIMD types lack, over sixteen lanes.
//
// Swift imports `vector_float16` as `SIMD16<Float>`. The standard library's own `.squareRoot()`,
// `.rounded()`, `.addingProduct()` and integer conversions work one lane at a time; these compile to
// one instruction for a whole register. Everything here is `static inline`, so that a call costs
// nothing and takes on the instruction set that the caller is built for (`-Xcc -march=native`).

#ifndef CVECTOR_H
#define CVECTOR_H

typedef float vector_float16 __attribute__((ext_vector_type(16)));
typedef int vector_int16 __attribute__((ext_vector_type(16)));
typedef unsigned int vector_uint16 __attribute__((ext_vector_type(16)));
typedef unsigned long long vector_wide16 __attribute__((ext_vector_type(16)));
typedef unsigned char vector_byte16 __attribute__((ext_vector_type(16)));

#define CVECTOR_INLINE static inline __attribute__((always_inline))

CVECTOR_INLINE vector_float16 vector_sqrt(vector_float16 x) {
  return __builtin_elementwise_sqrt(x);
}

CVECTOR_INLINE vector_float16 vector_abs(vector_float16 x) { return __builtin_elementwise_abs(x); }

// A number where one operand is NaN, as IEEE 754's maxNum and minNum.
CVECTOR_INLINE vector_float16 vector_max(vector_float16 x, vector_float16 y) {
  return __builtin_elementwise_max(x, y);
}

CVECTOR_INLINE vector_float16 vector_min(vector_float16 x, vector_float16 y) {
  return __builtin_elementwise_min(x, y);
}

// x·y + z: one rounding where the processor has the instruction, two where it doesn't (calling the
// C library's exact fma lane by lane would be a hundred times slower).
CVECTOR_INLINE vector_float16 vector_fma(vector_float16 x, vector_float16 y, vector_float16 z) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA) || defined(__aarch64__)
  return __builtin_elementwise_fma(x, y, z);
#else
  return x * y + z;
#endif
}

CVECTOR_INLINE vector_float16 vector_from_int(vector_int16 x) {
  return __builtin_convertvector(x, vector_float16);
}

CVECTOR_INLINE vector_float16 vector_from_byte(vector_byte16 x) {
  return __builtin_convertvector(x, vector_float16);
}

// The upper half of the 64-bit products of sixteen lanes with one factor.
CVECTOR_INLINE vector_uint16 vector_multiply_high(vector_uint16 x, unsigned int factor) {
  vector_wide16 product = __builtin_convertvector(x, vector_wide16) * (unsigned long long)factor;
  return __builtin_convertvector(product >> 32, vector_uint16);
}

// Asks for the cache line of an address that will be read soon; any address may be asked for.
CVECTOR_INLINE void vector_prefetch(const float *address) { __builtin_prefetch(address, 0, 3); }

// What the loops around these calls were compiled for.
CVECTOR_INLINE const char *vector_instruction_set(void) {
#if defined(__AVX512F__)
  return "AVX-512";
#elif defined(__AVX2__) && defined(__FMA__)
  return "AVX2 and FMA";
#elif defined(__x86_64__)
  return "SSE2 (a baseline build: `make build` uses what the processor has)";
#elif defined(__aarch64__)
  return "NEON";
#else
  return "generic";
#endif
}

// A hint to the processor that this is a waiting loop.
CVECTOR_INLINE void spin_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#endif
