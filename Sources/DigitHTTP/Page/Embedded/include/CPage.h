#pragma once

#include <stddef.h>

/// A file of the page as browsers ask for it.
struct digits_page_file {
  /// From the root of the server: "/style.css".
  const char *path;
  const unsigned char *bytes;
  size_t count;
};

/// The page's files. In C because `#embed` compiles them at once, and again when one of them
/// changes; a Swift array literal of 80,000 bytes takes 17 seconds.
const struct digits_page_file *digits_page_files(size_t *count);
