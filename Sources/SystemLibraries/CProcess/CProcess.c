#define _GNU_SOURCE
#include "CProcess.h"
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

void return_free_memory(void) { malloc_trim(0); }

size_t heap_allocated_byte_count(void) {
  // Large blocks are mapped one by one: of these it is known how many addresses they have, and not
  // how much of that was ever touched.
  return mallinfo2().uordblks;
}

size_t allowed_processors(int *numbers, size_t capacity) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  size_t count = 0;
  for (int processor = 0; processor < CPU_SETSIZE && count < capacity; processor++)
    if (CPU_ISSET(processor, &set)) numbers[count++] = processor;
  return count;
}

int keep_thread_on_processor(pthread_t thread, int processor) {
  if (processor < 0 || processor >= CPU_SETSIZE) return EINVAL;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return pthread_setaffinity_np(thread, sizeof set, &set);
}

int accept_connection(int listening) {
  return accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int send_datagram(const char *address, size_t address_count, const char *text, size_t count) {
  struct sockaddr_un target = {.sun_family = AF_UNIX};
  if (address_count == 0 || address_count > sizeof target.sun_path) return EINVAL;
  memcpy(target.sun_path, address, address_count);
  socklen_t length = offsetof(struct sockaddr_un, sun_path) + address_count;
  int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return errno;
  // Whoever does not read holds nobody up.
  ssize_t sent = sendto(descriptor, text, count, MSG_NOSIGNAL | MSG_DONTWAIT,
                        (struct sockaddr *)&target, length);
  int error = sent < 0 ? errno : 0;
  close(descriptor);
  return error;
}

// In the child: only calls that are safe after a fork of a process with several threads.
static void become(char *const words[], const int streams[3], pid_t parent, int report) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have ended before that.
  if (getppid() != parent) _exit(127);
  // Ctrl-C in a terminal is for the parent to act on.
  setpgid(0, 0);
  for (int number = 1; number < SIGRTMIN; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  int is_ready = 1;
  for (int stream = 0; stream < 3; stream++) is_ready &= dup2(streams[stream], stream) == stream;
  if (is_ready) execv(words[0], words);
  int error = errno;
  if (write(report, &error, sizeof error) < 0) _exit(126);
  _exit(127);
}

int start_program(const char *path, const char *first, const char *second, int input, int output,
                  int errors, pid_t *child) {
  char *const words[] = {(char *)path, (char *)first, (char *)second, NULL};
  const int streams[] = {input, output, errors};
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return errno;
  pid_t parent = getpid();
  pid_t forked = fork();
  if (forked == 0) become(words, streams, parent, report[1]);
  int error = forked < 0 ? errno : 0;
  close(report[1]);
  if (forked > 0) {
    // Nothing comes where the program was started, which closes the pipe.
    ssize_t count;
    do count = read(report[0], &error, sizeof error);
    while (count < 0 && errno == EINTR);
    if (count > 0) waitpid(forked, NULL, 0);
    else error = 0;
  }
  close(report[0]);
  *child = forked;
  return error;
}
