// What glibc has and Swift's Glibc module does not show.
#pragma once
#include <pthread.h>
#include <stddef.h>
#include <sys/types.h>

/// Bytes that the process has from the allocator and has not given back, without large blocks; 0
/// under a sanitizer, which has an allocator of its own.
size_t heap_allocated_byte_count(void);

/// Has the allocator give back to the system what is free, wherever it lies: some milliseconds.
void return_free_memory(void);

/// The numbers of the processors that this process may use, `capacity` at most; how many there are.
size_t allowed_processors(int *numbers, size_t capacity);

/// 0, or an errno where the system has no such processor for this process.
int keep_thread_on_processor(pthread_t thread, int processor);

/// accept4(2): a connection that does not block and that programs started from here do not get;
/// -1 with `errno` where there is none.
int accept_connection(int listening);

/// Starts the program at a path with two arguments, and with these descriptors, each above 2, as its
/// standard streams; 0, or an errno. The system kills it when the calling thread ends, however that
/// comes: the caller waits for `child` on the same thread.
int start_program(const char *path, const char *first, const char *second, int input, int output,
                  int errors, pid_t *child);

/// Sends a datagram to a Unix socket: a path, or, where the first byte is 0, an abstract name.
/// Returns 0 or an errno.
int send_datagram(const char *address, size_t address_count, const char *text, size_t count);
