import DigitKernels
import Foundation

/// How a model computes in a narrow precision, and how well it then reads: part of its file.
package struct PrecisionCalibration: Codable, Equatable, Sendable {
  /// Of each member of the model, how the input of each of its products is kept as bytes, in their
  /// order; nil for floats of 16 bits, which need no scales.
  package var inputs: [[Quantization]]?
  package var gate: Gate

  package init(inputs: [[Quantization]]?, gate: Gate) {
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
        precision,
        precision == .int8
          ? "expected JSON with a scale and a zero point of 0…255 for each product, and a gate"
          : "expected JSON with a gate")
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

  /// Forgets what was measured of other weights.
  package mutating func removeCalibrations() {
    for precision in Precision.allCases { metadata[PrecisionCalibration.key(precision)] = nil }
  }

  /// How the inputs of each member's products are kept in a precision; nil for float32, and where
  /// there are no instructions for it.
  func quantizedInputs(
    for precision: Precision, _ packing: WeightPacking
  ) throws(ModelError) -> NarrowInputs? {
    guard let element = precision.element else { return nil }
    guard let calibration = try calibration(for: precision) else {
      throw .notCalibrated(precision)
    }
    guard calibration.gate.isPassed else { throw .refused(precision, calibration.gate) }
    let counts = try productCounts()
    let inputs = calibration.inputs ?? []
    let isAvailable = packing.quantized(element) != nil
    guard precision == .int8 else {
      try checkQuantizable(for: precision)
      return isAvailable ? NarrowInputs(unscaled: precision, element, counts) : nil
    }
    guard inputs.map(\.count) == counts else {
      throw .badCalibration(
        precision, "expected scales for \(counts) products, got \(inputs.map(\.count))")
    }
    guard inputs.joined().allSatisfy({ $0.scale.isNormal && $0.scale > 0 }) else {
      throw .badCalibration(precision, "expected scales above zero")
    }
    try checkQuantizable(for: precision)
    return isAvailable ? NarrowInputs(precision, element, inputs) : nil
  }

  /// How many convolutions and dense layers each member has.
  func productCounts() throws(ModelError) -> [Int] {
    try memberModels.map { member throws(ModelError) in
      try member.stages().stages.count { if case .product = $0 { true } else { false } }
    }
  }

  /// Checks that no sum of bytes can overflow, and that weights can be rounded: folding batch
  /// normalization into a convolution may make them arbitrarily large.
  func checkQuantizable(for precision: Precision) throws(ModelError) {
    guard let element = precision.element else { return }
    let depthMax = NarrowLayout.depthMax(element)
    for member in memberModels {
      for case .product(let product) in try member.stages().stages {
        guard product.depth <= depthMax else {
          throw .unsuitable(
            precision,
            "sums of \(product.depth) products may overflow; at most \(depthMax) are allowed")
        }
        guard (product.weights + product.bias).allSatisfy({ abs($0) < 1e30 }) else {
          throw .unsuitable(
            precision, "a weight exceeds 1e30 once batch normalization is folded into it")
        }
      }
    }
  }
}

/// How the input of each product is kept, by member, in a narrow precision.
struct NarrowInputs {
  let precision: Precision
  let formats: [[NarrowFormat]]

  init(_ precision: Precision, _ element: NarrowElement, _ inputs: [[Quantization]]) {
    self.precision = precision
    formats = inputs.map { $0.map { NarrowFormat(element: element, quantization: $0) } }
  }

  /// Each element is its value.
  init(unscaled precision: Precision, _ element: NarrowElement, _ counts: [Int]) {
    self.init(precision, element, counts.map { Array(repeating: .none, count: $0) })
  }
}

extension PrecisionCalibration {
  fileprivate static func key(_ precision: Precision) -> String {
    "calibration.\(precision.rawValue)"
  }
}
