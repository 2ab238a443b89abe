#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdint.h>

/// The number of heap blocks asked for in this process so far, by all threads: malloc, calloc,
/// realloc and the aligned variants; OpenBLAS's own are left out. Zero where the counter is not
/// supported (see the source).
uint64_t allocation_count(void);

/// 1 where calls are counted: glibc without a sanitizer.
int allocation_count_is_supported(void);

#endif
