#include "CProcessor.h"

bool processor_has_avx512(void) {
#if defined(__x86_64__)
  // Asks the operating system too: registers that it does not save do not count.
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}
