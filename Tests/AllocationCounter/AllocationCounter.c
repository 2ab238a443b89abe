// Counts heap allocations by standing in front of glibc's allocator: an executable's own `malloc`
// is the one that every shared library in the process calls. Only test bundles link this target.
//
// OpenBLAS's blocks are counted apart, by the address that asks: its AVX-512 kernels for small products
// pack an operand into a block of their own (kernel/x86_64/sgemm_small_kernel_*_skylakex.c, 0.3.21).

#define _GNU_SOURCE
#include "AllocationCounter.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTER_OFF 1
#endif
#endif

static _Atomic uint64_t count;
static _Atomic uint64_t blas_count;

uint64_t allocation_count(void) { return atomic_load(&count); }

uint64_t blas_allocation_count(void) { return atomic_load(&blas_count); }

#if defined(__GLIBC__) && !defined(COUNTER_OFF)

#include <link.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t elements, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

// Where OpenBLAS's code lies; empty until the libraries are loaded.
static uintptr_t blas_start, blas_end;

static int find_code(struct dl_phdr_info *library, size_t size, void *unused) {
  if (library->dlpi_name == NULL || strstr(library->dlpi_name, "libopenblas") == NULL) return 0;
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &library->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X)) continue;
    blas_start = library->dlpi_addr + segment->p_vaddr;
    blas_end = blas_start + segment->p_memsz;
  }
  return 1;
}

__attribute__((constructor)) static void find_blas(void) { dl_iterate_phdr(find_code, NULL); }

static void note(const void *caller) {
  uintptr_t address = (uintptr_t)caller;
  int is_blas = address >= blas_start && address < blas_end;
  atomic_fetch_add_explicit(is_blas ? &blas_count : &count, 1, memory_order_relaxed);
}

int allocation_count_is_supported(void) { return 1; }

void *malloc(size_t size) {
  note(__builtin_return_address(0));
  return __libc_malloc(size);
}

void *calloc(size_t elements, size_t size) {
  note(__builtin_return_address(0));
  return __libc_calloc(elements, size);
}

void *realloc(void *block, size_t size) {
  note(__builtin_return_address(0));
  return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
  note(__builtin_return_address(0));
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  note(__builtin_return_address(0));
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  note(__builtin_return_address(0));
  void *block = __libc_memalign(alignment, size);
  if (block == NULL && size != 0) return 12;  // ENOMEM
  *result = block;
  return 0;
}

#else

int allocation_count_is_supported(void) { return 0; }

#endif
