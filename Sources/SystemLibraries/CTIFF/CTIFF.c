#include "CTIFF.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

struct digits_tiff {
  const uint8_t *bytes;
  uint64_t size;
  uint64_t offset;
  TIFF *file;
  TIFFRGBAImage image;
  bool has_image;
  /// The first that libtiff complained about.
  char reason[digits_tiff_reason_size];
};

static tmsize_t read_bytes(thandle_t handle, void *buffer, tmsize_t size) {
  digits_tiff *tiff = handle;
  if (size <= 0 || tiff->offset >= tiff->size) return 0;
  uint64_t left = tiff->size - tiff->offset;
  uint64_t count = (uint64_t)size < left ? (uint64_t)size : left;
  memcpy(buffer, tiff->bytes + tiff->offset, count);
  tiff->offset += count;
  return (tmsize_t)count;
}

static tmsize_t write_nothing(thandle_t handle, void *buffer, tmsize_t size) {
  (void)handle, (void)buffer, (void)size;
  return -1;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
  digits_tiff *tiff = handle;
  switch (whence) {
    case SEEK_SET: tiff->offset = offset; break;
    case SEEK_CUR: tiff->offset += offset; break;
    case SEEK_END: tiff->offset = tiff->size + offset; break;
    default: return (toff_t)-1;
  }
  return tiff->offset;
}

static int close_nothing(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size_of(thandle_t handle) { return ((digits_tiff *)handle)->size; }

/// Then libtiff reads where the bytes lie, and does not write there: so it treats mapped files.
static int map_bytes(thandle_t handle, void **base, toff_t *size) {
  digits_tiff *tiff = handle;
  *base = (void *)(uintptr_t)tiff->bytes;
  *size = tiff->size;
  return 1;
}

static void unmap_nothing(thandle_t handle, void *base, toff_t size) {
  (void)handle, (void)base, (void)size;
}

/// Nothing is printed.
static int keep_error(
    TIFF *file, void *user, const char *module, const char *format, va_list arguments) {
  (void)file, (void)module;
  digits_tiff *tiff = user;
  if (tiff->reason[0] == 0) {
    vsnprintf(tiff->reason, sizeof tiff->reason, format, arguments);
  }
  return 1;
}

static int drop_warning(
    TIFF *file, void *user, const char *module, const char *format, va_list arguments) {
  (void)file, (void)user, (void)module, (void)format, (void)arguments;
  return 1;
}

static TIFF *open_file(digits_tiff *tiff, size_t allocation_size_max) {
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (options == NULL) return NULL;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)allocation_size_max);
  TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, tiff);
  TIFFOpenOptionsSetWarningHandlerExtR(options, drop_warning, tiff);
  TIFF *file = TIFFClientOpenExt(
      "", "r", tiff, read_bytes, write_nothing, seek, close_nothing, size_of, map_bytes,
      unmap_nothing, options);
  TIFFOpenOptionsFree(options);
  return file;
}

/// Those that scanners and programs write. Others have libraries behind them that take memory by
/// headers of their own (JBIG, LZMA, LERC), or are rarely seen.
static bool is_usual(uint16_t compression) {
  switch (compression) {
    case COMPRESSION_NONE:
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTRLEW:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4:
    case COMPRESSION_LZW:
    case COMPRESSION_JPEG:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_PACKBITS: return true;
    default: return false;
  }
}

static bool read_header(digits_tiff *tiff, digits_tiff_header *header) {
  TIFF *file = tiff->file;
  if (!TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &header->width) ||
      !TIFFGetField(file, TIFFTAG_IMAGELENGTH, &header->height) || header->width == 0 ||
      header->height == 0) {
    snprintf(tiff->reason, sizeof tiff->reason, "expected a width and a height of at least 1");
    return false;
  }
  uint16_t compression = COMPRESSION_NONE, planes = PLANARCONFIG_CONTIG, samples = 1;
  TIFFGetFieldDefaulted(file, TIFFTAG_COMPRESSION, &compression);
  if (!is_usual(compression)) {
    snprintf(
        tiff->reason, sizeof tiff->reason,
        "expected no compression, or CCITT, LZW, JPEG, Deflate or PackBits, got number %u",
        compression);
    return false;
  }
  char words[1024] = "";
  if (!TIFFRGBAImageOK(file, words) || !TIFFRGBAImageBegin(&tiff->image, file, 1, words)) {
    if (tiff->reason[0] == 0) snprintf(tiff->reason, sizeof tiff->reason, "%.255s", words);
    return false;
  }
  tiff->has_image = true;
  header->orientation = 0;
  TIFFGetField(file, TIFFTAG_ORIENTATION, &header->orientation);
  header->has_alpha = tiff->image.alpha != 0;
  TIFFGetFieldDefaulted(file, TIFFTAG_PLANARCONFIG, &planes);
  TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLESPERPIXEL, &samples);
  uint64_t buffer = TIFFIsTiled(file) ? TIFFTileSize64(file) : TIFFStripSize64(file);
  header->buffer_size = buffer * (planes == PLANARCONFIG_SEPARATE ? samples : 1);
  return true;
}

digits_tiff *digits_tiff_open(
    const uint8_t *bytes, size_t size, size_t allocation_size_max, digits_tiff_header *header,
    char *reason) {
  digits_tiff *tiff = calloc(1, sizeof *tiff);
  if (tiff == NULL) {
    snprintf(reason, digits_tiff_reason_size, "out of memory");
    return NULL;
  }
  tiff->bytes = bytes;
  tiff->size = size;
  tiff->file = open_file(tiff, allocation_size_max);
  if (tiff->file != NULL && read_header(tiff, header)) return tiff;
  memcpy(reason, tiff->reason, sizeof tiff->reason);
  digits_tiff_close(tiff);
  return NULL;
}

bool digits_tiff_read(
    digits_tiff *tiff, uint32_t first_row, uint32_t row_count, uint32_t *pixels, char *reason) {
  // As they are stored, which needs no turning by libtiff.
  tiff->image.req_orientation = tiff->image.orientation;
  tiff->image.row_offset = (int)first_row;
  if (TIFFRGBAImageGet(&tiff->image, pixels, tiff->image.width, row_count)) return true;
  memcpy(reason, tiff->reason, sizeof tiff->reason);
  return false;
}

void digits_tiff_close(digits_tiff *tiff) {
  if (tiff->has_image) TIFFRGBAImageEnd(&tiff->image);
  if (tiff->file != NULL) TIFFClose(tiff->file);
  free(tiff);
}
