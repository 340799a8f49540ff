// Stands in front of glibc's allocator: a program's own definitions win over the library's.
#include "CAllocations.h"
#include <errno.h>
#include <stdatomic.h>

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)

// A sanitizer stands there itself, and would meet memory that it has not given.
bool allocations_are_counted(void) { return false; }
size_t allocations_of_this_thread(void) { return 0; }
size_t allocations_of_other_threads(void) { return 0; }

#else

bool allocations_are_counted(void) { return true; }

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

// initial-exec: the first use of a lazily made thread-local would itself allocate.
static __thread size_t count __attribute__((tls_model("initial-exec")));

static atomic_size_t total;

static void count_one(void) {
  count++;
  atomic_fetch_add_explicit(&total, 1, memory_order_relaxed);
}

size_t allocations_of_this_thread(void) { return count; }
size_t allocations_of_other_threads(void) {
  return atomic_load_explicit(&total, memory_order_relaxed) - count;
}

void *malloc(size_t size) {
  count_one();
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count_one();
  return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
  count_one();
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  count_one();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = memalign(alignment, size);
  return *memory == NULL ? ENOMEM : 0;
}

#endif
