import DigitWire

/// Whether all 784 `f32` pixels of an image are numbers from 0 to 1, as every door requires.
func isInkInRange(_ image: UnsafeRawPointer) -> Bool { isValidFloat32Image(image) }

extension InferenceResult {
  /// The first image of which a probability is infinite or no number; nil for a good result.
  var firstImageNotFinite: Int? {
    var image = 0
    var found: Int?
    forEachImage { probabilities in
      // Infinity and NaN are the values that a multiplication by zero does not make zero.
      let sum = probabilities.reduce(Float(0)) { $0 + $1 * 0 }
      if sum != 0, found == nil { found = image }
      image += 1
    }
    return found
  }
}
