// Counts heap allocations, so that a test can expect none. Linked into the tests only.
#pragma once
#include <stddef.h>

/// How often this thread has allocated since it began.
size_t allocations_of_this_thread(void);
