#include "CProcessor.h"

bool processor_has_avx2(void) {
#if defined(__x86_64__)
  // Asks the operating system too: registers that it does not save do not count.
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("f16c") && __builtin_cpu_supports("lzcnt") &&
         __builtin_cpu_supports("movbe");
#else
  return false;
#endif
}

bool processor_has_avx512(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && processor_has_avx2();
#else
  return false;
#endif
}

bool processor_has_avx512_vnni(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512vnni") && processor_has_avx512();
#else
  return false;
#endif
}

bool processor_has_avx512_bf16(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") && processor_has_avx512();
#else
  return false;
#endif
}
