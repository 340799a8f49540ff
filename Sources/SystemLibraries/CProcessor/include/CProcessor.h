// What this processor can do, for choosing kernels at run time.
#pragma once
#include <stdbool.h>

/// AVX-512 F, BW, CD, DQ and VL together with FMA: the x86-64-v4 level.
bool processor_has_avx512(void);
