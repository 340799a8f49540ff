// What the thread sanitizer must be told, because it cannot see it. Nothing in other builds.
#pragma once

#ifdef DIGITS_THREAD_SANITIZER

// https://github.com/llvm/llvm-project: compiler-rt/include/sanitizer/tsan_interface.h
void __tsan_acquire(void *address);
void __tsan_release(void *address);

/// From here on this thread sees what others did before they released.
static inline void sanitizer_acquires(void *address) { __tsan_acquire(address); }
/// Who acquires from here on sees what this thread has done.
static inline void sanitizer_releases(void *address) { __tsan_release(address); }

#else

static inline void sanitizer_acquires(void *address) { (void)address; }
static inline void sanitizer_releases(void *address) { (void)address; }

#endif
