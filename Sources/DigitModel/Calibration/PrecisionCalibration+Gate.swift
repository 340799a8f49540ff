import DigitKernels

extension PrecisionCalibration {
  /// Finds out how the inputs of a model's products are best kept in a narrow precision, and how
  /// well it reads then.
  ///
  /// - Parameters:
  ///   - scalePixels: images × `pixelCount` bytes of ink 0…255, from which the scales of bytes are
  ///     taken.
  ///   - gatePixels: other images, that must be read as in float32.
  /// - Throws: also where this processor has no instructions for it.
  package init(
    of model: Model, for precision: Precision, scalePixels: [UInt8], gatePixels: [UInt8],
    kernels: KernelTable = .chosen
  ) throws(ModelError) {
    guard let element = precision.element, precision.isAvailable(kernels) else {
      throw .unavailable(precision)
    }
    try model.checkQuantizable(for: precision)
    var scales: [[Quantization]]?
    var inputs = NarrowInputs(unscaled: precision, element, try model.productCounts())
    if precision == .int8 {
      let found = try InputRanges.quantizations(of: model, pixels: scalePixels, kernels: kernels)
      scales = found
      inputs = NarrowInputs(precision, element, found)
    }
    let exact = try Plan(model, kernels: kernels)
    let quantized = try Plan(model, kernels: kernels, inputs: inputs)
    let labels = [exact, quantized].map { $0.labels(of: gatePixels) }
    self.init(
      inputs: scales,
      gate: Gate(
        imageCount: labels[0].count, agreeing: zip(labels[0], labels[1]).count { $0 == $1 }))
  }
}

extension Plan {
  /// The most probable class of each image.
  fileprivate func labels(of pixels: [UInt8]) -> [Int] {
    let probabilities = classify(pixels)
    return stride(from: 0, to: probabilities.count, by: classCount).map { first in
      (first..<first + classCount).max { probabilities[$0] < probabilities[$1] }! - first
    }
  }
}
