/// What one request for inference may hold, beside the bounds of its body's bytes.
package struct InferenceLimits: Equatable, Sendable {
  /// Images of one request; in a picture, digits.
  package var imagesMax: Int
  /// Pixels of a picture: a telephone's 24 megapixels.
  package var picturePixelCountMax = 24 << 20
  /// How many times as long as the shorter side of a picture the longer may be.
  package var pictureAspectMax = 32
  /// JSON bodies above this are parsed beside the loop: about 100 µs.
  package var loopJSONByteCountMax = 64 << 10
  /// Characters of a request's `id`, which is echoed.
  package var idByteCountMax = 256

  package init(imagesMax: Int = 256) { self.imagesMax = imagesMax }
}
