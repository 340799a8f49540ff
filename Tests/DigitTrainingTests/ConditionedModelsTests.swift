import DigitEvaluation
import DigitFiles
import DigitModel
import DigitTraining
import Foundation
import Testing

/// How the test images are changed before our own models read them.
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

@Test(arguments: ["ensemble", "compact", "tiny"], Change.allCases)
func `our models read bright, faint and inverted test images`(
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
  #expect(evaluation.accuracy >= 0.98)
}
