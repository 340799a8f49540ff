// Counts heap allocations, so that a test can expect none. Linked into the tests only.
#pragma once
#include <stdbool.h>
#include <stddef.h>

/// False under a sanitizer, which has an allocator of its own.
bool allocations_are_counted(void);

/// How often this thread has allocated since it began.
size_t allocations_of_this_thread(void);

/// How often all others have: of use where nothing else runs, as in a server under test.
size_t allocations_of_other_threads(void);
