#pragma once

#include <stddef.h>

/// The description of the server's interfaces over HTTP, `openapi.json`. In C because `#embed`
/// compiles it at once.
const unsigned char *digits_openapi(size_t *count);
