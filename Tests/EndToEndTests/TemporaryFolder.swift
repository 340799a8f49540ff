import DigitFiles
import Foundation

/// A folder of its own, gone when its owner is.
final class TemporaryFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appending(path: "digits-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }
}

extension TemporaryFolder {
  /// A data folder in which the 5,000 shipped training images stand for the 60,000.
  static func withShippedTrainingImages() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for kind in ["images-idx3", "labels-idx1"] {
      try FileManager.default.copyItem(
        at: Program.root.appending(path: "Tests/Data/mnist/train-5k-\(kind)-ubyte.gz"),
        to: folder.url.appending(path: "train-\(kind)-ubyte.gz"))
    }
    return folder
  }

  /// The same images twice: as many as a calibration needs.
  static func withEnoughForCalibration() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let data = Program.root.appending(path: "Tests/Data/mnist/train-5k").path
    let set = try ImageSet(
      images: "\(data)-images-idx3-ubyte.gz", labels: "\(data)-labels-idx1-ubyte.gz")
    let size = [UInt8((2 * set.count) >> 8), UInt8((2 * set.count) & 255)]
    try Data([0, 0, 8, 3, 0, 0] + size + [0, 0, 0, 28, 0, 0, 0, 28] + set.pixels + set.pixels)
      .write(to: folder.url.appending(path: "train-images-idx3-ubyte"))
    try Data([0, 0, 8, 1, 0, 0] + size + set.labels + set.labels)
      .write(to: folder.url.appending(path: "train-labels-idx1-ubyte"))
    return folder
  }
}
