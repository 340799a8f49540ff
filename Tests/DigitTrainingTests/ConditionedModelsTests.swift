import DigitEvaluation
import DigitFiles
import DigitModel
import DigitTraining
import Foundation
import Testing

/// How the test images are changed before a conditioned model reads them.
enum Change: String, CaseIterable, CustomTestStringConvertible {
  case brighter, fainter, inverted

  var testDescription: String { rawValue }

  func applied(to level: UInt8) -> UInt8 {
    switch self {
    case .brighter: UInt8(min(255, Int(level) + 128))
    case .fainter: UInt8(0.3 * Float(level) + 0.5)
    case .inverted: 255 - level
    }
  }
}

/// All that ship but `mlp-50-50`, which conditioning would cost two thirds of its speed.
private let conditionedModels = [
  "ensemble", "compact", "tiny", "cascade", "cnn-28", "cnn-32-64", "cnn-32-64-tanh", "cnn-vgg-bn",
]

@Test(arguments: conditionedModels, Change.allCases)
func `a conditioned model reads bright, faint and inverted test images`(
  name: String, change: Change
) throws {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  let model = try Model(contentsOf: "\(root)/Models/\(name).safetensors")
  let data = "\(root)/Tests/Data/mnist"
  let images = try ImageSet(
    images: "\(data)/t10k-images-idx3-ubyte.gz", labels: "\(data)/t10k-labels-idx1-ubyte.gz")
  let changed = ImageSet(
    rows: images.rows, columns: images.columns, pixels: images.pixels.map(change.applied),
    labels: images.labels)
  let evaluation = Evaluation(
    probabilities: try Plan(model).probabilities(of: changed), labels: images.labels)
  // Brightening saturates half of the levels, which costs compact a little more than the others.
  let least = name == "compact" && change == .brighter ? 0.975 : 0.98
  #expect(evaluation.accuracy >= least)
}
