#ifndef COUNTED_REGION_H
#define COUNTED_REGION_H

/// Calls `body` with `context`. Callgrind counts between this function's entry and its return
/// (`--toggle-collect`) and writes what it counted when it returns (`--dump-after`).
void counted_region(void (*body)(void *context), void *context);

#endif
