import DigitWire

/// Whether all 784 `f32` pixels of an image are numbers from 0 to 1, as every door requires.
func isInkInRange(_ image: UnsafeRawPointer) -> Bool { isValidFloat32Image(image) }

extension InferenceResult {
  /// The first image whose probabilities are not finite; nil for a good result. One of them is
  /// looked at, as either all of an image's are NaN or none: see `InferenceTask`.
  var firstImageNotFinite: Int? {
    var image = 0
    var found: Int?
    forEachImage { probabilities in
      if !probabilities[0].isFinite, found == nil { found = image }
      image += 1
    }
    return found
  }
}
