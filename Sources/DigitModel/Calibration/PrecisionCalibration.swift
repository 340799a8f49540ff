import DigitKernels
import Foundation

/// How a model computes in a narrow precision, and how well it then reads: part of its file.
package struct PrecisionCalibration: Codable, Equatable, Sendable {
  /// Of each part of the model, how the input of each of its products is kept, in their order.
  package var inputs: [[Quantization]]
  package var gate: Gate

  package init(inputs: [[Quantization]], gate: Gate) {
    self.inputs = inputs
    self.gate = gate
  }

  /// How many images are read as in float32, of training images that were augmented.
  package struct Gate: Codable, Equatable, Sendable, CustomStringConvertible {
    package var imageCount: Int
    package var agreeing: Int

    /// Of a thousand images, those that must be read alike.
    package static let agreeingPerThousandMin = 999

    package init(imageCount: Int, agreeing: Int) {
      self.imageCount = imageCount
      self.agreeing = agreeing
    }

    package var isPassed: Bool {
      imageCount > 0 && agreeing <= imageCount
        && 1_000 * (imageCount - agreeing) <= (1_000 - Self.agreeingPerThousandMin) * imageCount
    }

    package var description: String {
      let least = (imageCount * Self.agreeingPerThousandMin + 999) / 1_000
      return "\(agreeing) of \(imageCount) images are read as in float32, at least \(least) must be"
    }
  }
}

extension Model {
  /// The calibration for a precision as the file has it; nil where it has none.
  package func calibration(for precision: Precision) throws(ModelError) -> PrecisionCalibration? {
    guard let json = metadata[PrecisionCalibration.key(precision)] else { return nil }
    do {
      return try JSONDecoder().decode(PrecisionCalibration.self, from: Data(json.utf8))
    } catch {
      throw .badCalibration(precision, "\(error)")
    }
  }

  package mutating func setCalibration(
    _ calibration: PrecisionCalibration, for precision: Precision
  ) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    metadata[PrecisionCalibration.key(precision)] = String(
      decoding: try encoder.encode(calibration), as: UTF8.self)
  }

  /// How the inputs of each part's products are kept in a precision; nil for float32, and where
  /// the processor has no instructions for it.
  func quantizedInputs(
    for precision: Precision, _ kernels: KernelTable
  ) throws(ModelError) -> [[Quantization]]? {
    guard precision != .float32 else { return nil }
    guard let calibration = try calibration(for: precision) else {
      throw .notCalibrated(precision)
    }
    guard calibration.gate.isPassed else { throw .refused(precision, calibration.gate) }
    let inputs = calibration.inputs
    let counts = try parts.map { part throws(ModelError) in try part.productDepths().count }
    guard inputs.map(\.count) == counts else {
      throw .badCalibration(
        precision, "expected scales for \(counts) products, got \(inputs.map(\.count))")
    }
    guard inputs.joined().allSatisfy({ $0.scale.isNormal && $0.scale > 0 }) else {
      throw .badCalibration(precision, "expected scales above zero")
    }
    return kernels.quantized == nil ? nil : inputs
  }

  /// The depth of each convolution and dense layer of a network that is no ensemble.
  func productDepths() throws(ModelError) -> [Int] {
    try stages().stages.compactMap {
      if case .product(let product) = $0 { product.depth } else { nil }
    }
  }
}

extension PrecisionCalibration {
  fileprivate static func key(_ precision: Precision) -> String {
    "calibration.\(precision.rawValue)"
  }
}
