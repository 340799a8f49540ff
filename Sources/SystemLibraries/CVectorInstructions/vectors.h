// Vector instructions that Swift's SIMD types do not become. Who is not compiled for an
// instruction does not find it here.
#pragma once

#define INSTRUCTION static inline __attribute__((always_inline))

typedef unsigned char UInt8x4 __attribute__((ext_vector_type(4)));
typedef float Float32x4 __attribute__((ext_vector_type(4)));

INSTRUCTION Float32x4 floats_of_4_bytes(UInt8x4 bytes) {
  return __builtin_convertvector(bytes, Float32x4);
}

#ifdef __AVX2__

typedef unsigned char UInt8x8 __attribute__((ext_vector_type(8)));
typedef float Float32x8 __attribute__((ext_vector_type(8)));

INSTRUCTION Float32x8 floats_of_8_bytes(UInt8x8 bytes) {
  return __builtin_convertvector(bytes, Float32x8);
}

#endif
#ifdef __AVX512F__

typedef unsigned char UInt8x16 __attribute__((ext_vector_type(16)));
typedef float Float32x16 __attribute__((ext_vector_type(16)));
typedef int Int32x16 __attribute__((ext_vector_type(16)));

INSTRUCTION Float32x16 floats_of_16_bytes(UInt8x16 bytes) {
  return __builtin_convertvector(bytes, Float32x16);
}

// The rest by their names.

/// Stores those lanes whose bits are set in `mask`.
INSTRUCTION void vmovups(void *target, Float32x16 floats, unsigned short mask) {
  __builtin_ia32_storeups512_mask(target, floats, mask);
}

/// Loads those lanes whose bits are set in `mask`; the others are zero, and not read.
INSTRUCTION Float32x16 vmovupsz(const void *source, unsigned short mask) {
  return __builtin_ia32_loadups512_mask(source, (Float32x16)0, mask);
}

INSTRUCTION Int32x16 vmovdqu32z(const void *source, unsigned short mask) {
  return __builtin_ia32_loaddqusi512_mask(source, (Int32x16)0, mask);
}

/// A bit for each lane that is not zero.
INSTRUCTION unsigned short vptestmd(Int32x16 lanes) {
  return __builtin_ia32_cmpd512_mask(lanes, (Int32x16)0, 4, 0xffff);
}

/// Those lanes whose bits are set in `mask`, one after another.
INSTRUCTION Int32x16 vpcompressd(Int32x16 lanes, unsigned short mask) {
  return __builtin_ia32_compresssi512_mask(lanes, (Int32x16)0, mask);
}

#endif
#ifdef __AVX512VNNI__

typedef short Int16x32 __attribute__((ext_vector_type(32)));
typedef unsigned char UInt8x32 __attribute__((ext_vector_type(32)));

/// Adds to each sum four products: unsigned bytes of `bytes` times signed ones of `weights`.
INSTRUCTION Int32x16 vpdpbusd(Int32x16 sums, Int32x16 bytes, Int32x16 weights) {
  return __builtin_ia32_vpdpbusd512(sums, bytes, weights);
}

/// Adds to each sum two products of signed integers of 16 bits. (By its builtin function it would
/// become two instructions, for the sake of some processors.)
INSTRUCTION Int32x16 vpdpwssd(Int32x16 sums, Int32x16 a, Int32x16 b) {
  __asm__("vpdpwssd %2, %1, %0" : "+v"(sums) : "v"(a), "v"(b));
  return sums;
}

INSTRUCTION Float32x16 vcvtdq2ps(Int32x16 integers) {
  return __builtin_convertvector(integers, Float32x16);
}

/// To the nearest integer, of two as near to the even one.
INSTRUCTION Int32x16 vcvtps2dq(Float32x16 floats) {
  return __builtin_ia32_cvtps2dq512_mask(floats, (Int32x16)0, 0xffff, 4);
}

/// Stores those lanes as bytes whose bits are set in `mask`; above 255 they count as 255.
/// They are taken as unsigned.
INSTRUCTION void vpmovusdb(void *target, Int32x16 integers, unsigned short mask) {
  __builtin_ia32_pmovusdb512mem_mask(target, integers, mask);
}

INSTRUCTION Int16x32 vpmovzxbw(UInt8x32 bytes) {
  return __builtin_convertvector(bytes, Int16x32);
}

#endif
#ifdef __AVX512BF16__

typedef unsigned short UInt16x16 __attribute__((ext_vector_type(16)));
typedef unsigned int UInt32x16 __attribute__((ext_vector_type(16)));

/// Adds to each sum two products of floats of 16 bits.
INSTRUCTION Float32x16 vdpbf16ps(Float32x16 sums, Int32x16 a, Int32x16 b) {
  typedef __bf16 Pairs __attribute__((__vector_size__(64)));
  return __builtin_ia32_dpbf16ps_512(sums, (Pairs)a, (Pairs)b);
}

/// To the nearest float of 16 bits, of two as near to the even one.
INSTRUCTION UInt16x16 vcvtneps2bf16(Float32x16 floats) {
  typedef __bf16 Halves __attribute__((__vector_size__(32)));
  return (UInt16x16)__builtin_ia32_cvtneps2bf16_512_mask(floats, (Halves){0}, 0xffff);
}

INSTRUCTION Float32x16 floats_of_16_bf16(UInt16x16 halves) {
  return (Float32x16)(__builtin_convertvector(halves, UInt32x16) << 16);
}

/// Stores those lanes whose bits are set in `mask`.
INSTRUCTION void vmovdqu16(void *target, UInt16x16 halves, unsigned short mask) {
  __builtin_ia32_storedquhi256_mask(target, halves, mask);
}

/// Loads those lanes whose bits are set in `mask`; the others are zero, and not read.
INSTRUCTION UInt8x16 vmovdqu8z(const void *source, unsigned short mask) {
  return __builtin_ia32_loaddquqi128_mask(source, (UInt8x16)0, mask);
}

INSTRUCTION UInt16x16 vmovdqu16z(const void *source, unsigned short mask) {
  return __builtin_ia32_loaddquhi256_mask(source, (UInt16x16)0, mask);
}

#endif
