// What this processor can do, for choosing kernels at run time.
#pragma once
#include <stdbool.h>

/// AVX2 together with FMA, BMI 1 and 2, F16C, LZCNT and MOVBE: the x86-64-v3 level.
bool processor_has_avx2(void);

/// AVX-512 F, BW, CD, DQ and VL on top of that: the x86-64-v4 level.
bool processor_has_avx512(void);

/// AVX-512 VNNI, products of bytes that are summed up, on top of that.
bool processor_has_avx512_vnni(void);

/// AVX-512 BF16, products of floats of 16 bits that are summed up in 32, on top of that.
bool processor_has_avx512_bf16(void);
