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
}
