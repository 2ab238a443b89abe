// Counts heap allocations by standing in front of glibc's allocator: an executable's own `malloc`
// is the one that every shared library in the process calls. Only test bundles and the benchmark gate link this target.

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

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t elements, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static void note(void) { atomic_fetch_add_explicit(&count, 1, memory_order_relaxed); }

int allocation_count_is_supported(void) { return 1; }

void *malloc(size_t size) {
  note();
  return __libc_malloc(size);
}

void *calloc(size_t elements, size_t size) {
  note();
  return __libc_calloc(elements, size);
}

void *realloc(void *block, size_t size) {
  note();
  return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
  note();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
  void *block = memalign(alignment, size);
  if (block == NULL && size != 0) return 12;  // ENOMEM
  *result = block;
  return 0;
}

#else

int allocation_count_is_supported(void) { return 0; }

#endif
