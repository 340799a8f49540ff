import DigitFiles
import Foundation

/// The files in Tests/Data/mnist.
enum ShippedData {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Data/mnist").path

  static func path(_ name: String) -> String { "\(folder)/\(name)-ubyte.gz" }

  static func images(_ prefix: String) throws -> ImageSet {
    try ImageSet(images: path("\(prefix)-images-idx3"), labels: path("\(prefix)-labels-idx1"))
  }
}

/// Runs `body` with the path of a file of the given bytes, and removes the file.
func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
  let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  try Data(bytes).write(to: url)
  defer { try? FileManager.default.removeItem(at: url) }
  try body(url.path)
}

/// An IDX file as bytes.
func idx(type: UInt8 = 8, dimensions: [UInt32], values: [UInt8]) -> [UInt8] {
  [0, 0, type, UInt8(dimensions.count)]
    + dimensions.flatMap { size in
      stride(from: 24, through: 0, by: -8).map { UInt8(size >> $0 & 255) }
    }
    + values
}

/// The fault of reading these bytes as an IDX file; nil where there is none.
func fault(
  _ bytes: [UInt8], rank: Int, limits: IDXFile.Limits = .init()
) -> DataFileError.Fault? {
  do {
    _ = try IDXFile(bytes: bytes, rank: rank, file: "data", limits: limits)
    return nil
  } catch {
    return error.fault
  }
}

/// The bytes as gzip compresses them.
func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
  let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  try Data(bytes).write(to: url)
  let process = Process()
  process.executableURL = URL(filePath: "/bin/gzip")
  process.arguments = ["-n", url.path]
  try process.run()
  process.waitUntilExit()
  let packed = url.appendingPathExtension("gz")
  defer { try? FileManager.default.removeItem(at: packed) }
  return [UInt8](try Data(contentsOf: packed))
}
