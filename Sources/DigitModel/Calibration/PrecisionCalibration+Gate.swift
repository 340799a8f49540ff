import DigitKernels

extension PrecisionCalibration {
  /// Finds out how the inputs of a model's products are best kept as bytes, and how well it reads
  /// then.
  ///
  /// - Parameters:
  ///   - scalePixels: images × `pixelCount` bytes of ink 0…255, from which the scales are taken.
  ///   - gatePixels: other images, that must be read as in float32.
  /// - Throws: also where this processor has no instructions for it.
  package init(
    of model: Model, scalePixels: [UInt8], gatePixels: [UInt8], kernels: KernelTable = .chosen
  ) throws(ModelError) {
    guard kernels.quantized != nil else { throw .unavailable(.int8) }
    try model.checkQuantizable(for: .int8)
    let inputs = try InputRanges.quantizations(of: model, pixels: scalePixels, kernels: kernels)
    let exact = try Plan(model, kernels: kernels)
    let narrow = try Plan(model, kernels: kernels, inputs: inputs)
    let labels = [exact, narrow].map { $0.labels(of: gatePixels) }
    self.init(
      inputs: inputs,
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
