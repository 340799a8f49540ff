import DigitKernels
import DigitModel
import Testing

/// What a plan may compute by.
struct Computation: Sendable, CustomTestStringConvertible {
  var kernels: KernelTable
  var precision: Precision

  var testDescription: String { "\(kernels.instructionSet.rawValue) \(precision.rawValue)" }

  static let exact = KernelTable.all.map { Computation(kernels: $0, precision: .float32) }
  static let narrow = KernelTable.all.flatMap { kernels in
    Precision.allCases.filter { $0 != .float32 && $0.isAvailable(kernels) }
      .map { Computation(kernels: kernels, precision: $0) }
  }
  static let all = exact + narrow

  /// What is compared with the reference differs by no more.
  var tolerance: Float { precision == .float32 ? 2e-6 : 0.02 }

  /// A plan of a network with weights of noise.
  func plan(_ network: Network) throws -> Plan {
    try plan(of: try calibrated(try Sample.model(network)))
  }

  func plan(of model: Model) throws -> Plan {
    try Plan(model, kernels: kernels, precision: precision)
  }

  /// With scales for such pixels as the tests use; the gate lets it pass, noise as it is.
  func calibrated(_ model: Model) throws -> Model {
    guard precision != .float32 else { return model }
    var model = model
    let pixels = Sample.pixels(images: 64, side: model.network.input.height)
    var calibration = try PrecisionCalibration(
      of: model, for: precision, scalePixels: pixels, gatePixels: [], kernels: kernels)
    calibration.gate = PrecisionCalibration.Gate(imageCount: 1_000, agreeing: 999)
    try model.setCalibration(calibration, for: precision)
    return model
  }
}
