#include "CTestImageHashes.h"

#pragma clang diagnostic ignored "-Wc23-extensions"
static const unsigned char hashes[DIGITS_TEST_IMAGE_COUNT * 8] = {
#embed "test-image-hashes.bin"
};

const unsigned char *digits_test_image_hashes(void) { return hashes; }
