#include "CProcess.h"
#include <malloc.h>

size_t heap_allocated_byte_count(void) {
  struct mallinfo2 info = mallinfo2();
  // Large blocks are mapped one by one and counted apart.
  return info.uordblks + info.hblkhd;
}
