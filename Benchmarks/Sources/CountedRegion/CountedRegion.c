// In C, since a Swift function's symbol is mangled and may be specialised into several.

#include "CountedRegion.h"

__attribute__((noinline)) void counted_region(void (*body)(void *context), void *context) {
  body(context);
  // Without work after the call it would be a jump, and the function would return before `body`.
  __asm__ volatile("" ::: "memory");
}
