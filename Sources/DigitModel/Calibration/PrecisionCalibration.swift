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

    /// Whether such a gate can have been.
    var isPossible: Bool {
      (0...Self.imageCountMax).contains(imageCount) && (0...imageCount).contains(agreeing)
    }

    package var isPassed: Bool { isPossible && imageCount > 0 && agreeing >= least }

    private static let imageCountMax = 1_000_000_000

    /// - Precondition: the gate is possible.
    private var least: Int { (imageCount * Self.agreeingPerThousandMin + 999) / 1_000 }

    package var description: String {
      guard isPossible else { return "\(agreeing) of \(imageCount) images cannot be" }
      return "\(agreeing) of \(imageCount) images are read as in float32, at least \(least) must be"
    }
  }
}

extension Model {
  /// The calibration for a precision as the file has it; nil where it has none.
  /// - Throws: `badCalibration`, where it makes no sense.
  package func calibration(for precision: Precision) throws(ModelError) -> PrecisionCalibration? {
    guard let json = metadata[PrecisionCalibration.key(precision)] else { return nil }
    guard
      let calibration = try? JSONDecoder().decode(
        PrecisionCalibration.self, from: Data(json.utf8))
    else {
      throw .badCalibration(
        precision, "expected JSON with a scale and a zero point of 0…255 for each product")
    }
    guard calibration.gate.isPossible else {
      throw .badCalibration(precision, calibration.gate.description)
    }
    return calibration
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
    let counts = try parts.map { part throws(ModelError) in try part.productCount() }
    guard inputs.map(\.count) == counts else {
      throw .badCalibration(
        precision, "expected scales for \(counts) products, got \(inputs.map(\.count))")
    }
    guard inputs.joined().allSatisfy({ $0.scale.isNormal && $0.scale > 0 }) else {
      throw .badCalibration(precision, "expected scales above zero")
    }
    try checkQuantizable(for: precision)
    return kernels.quantized == nil ? nil : inputs
  }

  /// How many convolutions and dense layers a network has that is no ensemble.
  func productCount() throws(ModelError) -> Int {
    try stages().stages.count { if case .product = $0 { true } else { false } }
  }

  /// Checks that no sum of bytes can overflow, and that weights can be rounded: folded into a
  /// convolution, a norm may make them anything.
  func checkQuantizable(for precision: Precision) throws(ModelError) {
    for part in parts {
      for case .product(let product) in try part.stages().stages {
        guard product.depth <= QuantizedLayout.depthMax else {
          throw .unquantizable(
            precision,
            "sums of \(product.depth) products may overflow, of \(QuantizedLayout.depthMax) not")
        }
        guard (product.weights + product.bias).allSatisfy({ abs($0) < 1e30 }) else {
          throw .unquantizable(precision, "with its norms folded, a weight is beyond all bounds")
        }
      }
    }
  }
}

extension PrecisionCalibration {
  fileprivate static func key(_ precision: Precision) -> String {
    "calibration.\(precision.rawValue)"
  }
}
