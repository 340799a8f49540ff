// What glibc says of this process and Swift's Glibc module does not show.
#pragma once
#include <stddef.h>

/// Bytes that the process has from the allocator and has not given back; 0 under a sanitizer,
/// which has an allocator of its own.
size_t heap_allocated_byte_count(void);
