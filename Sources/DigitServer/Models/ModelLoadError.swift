import DigitModel

/// Why models are not served.
package enum ModelLoadError: Error, Equatable, CustomStringConvertible {
  case unreadable(directory: String, reason: String)
  case empty(directory: String)
  case invalid(file: String, reason: String)
  case wrongChecksum(file: String, expected: String, got: String)
  case failedSelfTest(file: String, reason: String)
  case notCalibrated(file: String, model: String, precision: DigitModel.Precision)
  case unsupportedShape(file: String, pixels: Int, classes: Int)
  case refused(directory: String, ModelRefusal)

  package var description: String {
    switch self {
    case .unreadable(let directory, let reason):
      "cannot read the model folder '\(directory)': \(reason)"
    case .empty(let directory):
      "expected at least one .safetensors file in '\(directory)', got none: "
        + "train a model with digitlab, or name another folder with --models"
    case .invalid(let file, let reason): "cannot load '\(file)': \(reason)"
    case .wrongChecksum(let file, let expected, let got):
      "cannot load '\(file)': expected the SHA-256 that its card has, \(expected.prefix(12))…, "
        + "got \(got.prefix(12))…: copy both files again, or remove the card"
    case .failedSelfTest(let file, let reason):
      "cannot serve '\(file)': its self-test failed: \(reason)"
    case .notCalibrated(let file, let model, let precision):
      "cannot serve '\(file)' in \(precision.rawValue): it is not calibrated for that; "
        + "calibrate it with 'digitlab calibrate', or serve it in f32 with "
        + "--precision \(model)=f32"
    case .unsupportedShape(let file, let pixels, let classes):
      "cannot serve '\(file)': expected 784 pixels and at most "
        + "\(ImageSlab.classCountMax) classes, got \(pixels) and \(classes)"
    case .refused(let directory, let refusal):
      "cannot serve '\(refusal.name)' of '\(directory)': \(refusal.reason)"
    }
  }
}
