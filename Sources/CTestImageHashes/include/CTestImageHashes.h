#pragma once

#define DIGITS_TEST_IMAGE_COUNT 10000

/// The first 8 bytes of the SHA-256 of each of the 10,000 MNIST test images, sorted as bytes:
/// 80,000 bytes. In C because `#embed` compiles them at once, where a Swift array literal takes
/// 17 seconds.
const unsigned char *digits_test_image_hashes(void);
