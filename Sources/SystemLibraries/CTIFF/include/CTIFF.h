#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The first picture of a TIFF file in memory, by libtiff, whose own interface has variadic
/// functions and handlers with `va_list`.
typedef struct digits_tiff digits_tiff;

enum { digits_tiff_reason_size = 256 };

typedef struct {
  uint32_t width;
  uint32_t height;
  /// As EXIF counts them; 0 where the file does not say.
  uint16_t orientation;
  bool has_alpha;
  /// Of the strip or tile that libtiff unpacks at a time.
  uint64_t buffer_size;
} digits_tiff_header;

/// Reads the header; the bytes must outlive what is returned. Null where they are no picture that
/// can be read: then `reason`, of `digits_tiff_reason_size`, says why.
///
/// @param allocation_size_max What libtiff may take at a time.
digits_tiff *digits_tiff_open(
    const uint8_t *bytes, size_t size, size_t allocation_size_max, digits_tiff_header *header,
    char *reason);

/// Reads rows as they are stored, each pixel R, G, B and opacity from the lowest byte on, the
/// colours multiplied by the opacity. False where they are damaged: then `reason` says how.
bool digits_tiff_read(
    digits_tiff *tiff, uint32_t first_row, uint32_t row_count, uint32_t *pixels, char *reason);

void digits_tiff_close(digits_tiff *tiff);
