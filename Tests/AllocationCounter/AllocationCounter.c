// Counts heap allocations by standing in front of glibc's allocator: an executable's own `malloc`
// is the one that every shared library in the process calls. Only test bundles and the benchmark
// gate link this target.
//
// OpenBLAS's own blocks are left out. Its kernels for small matrices on AVX-512 take one in a call of
// some shapes ([100, 2] by [2, 2048]), so whether it does is a matter of the processor.

#define _GNU_SOURCE
#include "AllocationCounter.h"

#include <stdatomic.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTER_OFF 1
#endif
#endif

static _Atomic uint64_t count;

uint64_t allocation_count(void) { return atomic_load(&count); }

#if defined(__GLIBC__) && !defined(COUNTER_OFF)

#include <link.h>
#include <string.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t elements, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

// Where OpenBLAS's code lies; empty while the loader is still at work.
static uintptr_t library_start, library_end;

static int find_library(struct dl_phdr_info *object, size_t size, void *unused) {
  (void)size;
  (void)unused;
  if (strstr(object->dlpi_name, "libopenblas") == NULL) return 0;
  for (int index = 0; index < object->dlpi_phnum; index++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
    if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X)) continue;
    library_start = object->dlpi_addr + segment->p_vaddr;
    library_end = library_start + segment->p_memsz;
  }
  return 1;
}

__attribute__((constructor)) static void find_libraries(void) {
  dl_iterate_phdr(find_library, NULL);
}

// Counts one block, unless the code at `caller` is OpenBLAS's.
static void note(void *caller) {
  uintptr_t address = (uintptr_t)caller;
  if (address >= library_start && address < library_end) return;
  atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
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
