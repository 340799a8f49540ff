import Arguments
import DigitFiles
import Foundation
import ProgramShell

/// Which images to ask about: a pair of IDX files, the MNIST test set where none is named.
struct ImageOptions {
  var images: String?
  var labels: String?

  /// - Parameter patience: how long the writer of a pipe may take.
  /// - Throws: `DataFileError`; `Failure` that says what to do where the files are missing.
  func load(within patience: Duration = IDXFile.Limits().patience) throws -> ImageSet {
    var limits = IDXFile.Limits()
    limits.patience = patience
    let set = try ImageSet(images: try imagesPath, labels: try labelsPath, limits: limits)
    guard set.rows == 28, set.columns == 28 else {
      throw Failure("expected images of 28 × 28 pixels, got \(set.rows) × \(set.columns)")
    }
    return set
  }

  private var imagesPath: String { get throws { try images ?? Self.find(Self.testImages) } }

  private var labelsPath: String {
    get throws {
      if images != nil, labels == nil {
        throw Misuse("--images requires --labels, to compare with")
      }
      return try labels ?? Self.find(Self.testLabels)
    }
  }

  private static let testImages = "t10k-images-idx3-ubyte"
  private static let testLabels = "t10k-labels-idx1-ubyte"

  /// The gzipped file, or the plain one where only that is there.
  private static func find(_ name: String) throws -> String {
    let folders = DataPlaces.ofProcess.testImages
    let candidates = folders.flatMap { ["\($0)/\(name).gz", "\($0)/\(name)"] }
    guard let found = candidates.first(where: FileManager.default.fileExists) else {
      throw Failure(
        "expected the MNIST test files in \(folders.joined(separator: " or ")), but \(name).gz is "
          + "in none of them: run ./dev fetch-mnist, or name files with --images and --labels")
    }
    return found
  }
}

/// A verb's options that name images.
protocol NamesImages {
  var images: ImageOptions { get set }
}

extension NamesImages {
  static var imageParameters: [Parameter<Self>] {
    let parameters: [Parameter<Self>] = [
      .option(
        "--images", into: \.images.images, value: "FILE",
        help: "IDX file of images, plain or gzipped (default: the MNIST test images)."),
      .option(
        "--labels", into: \.images.labels, value: "FILE",
        help: "IDX file of the labels of --images."),
    ]
    return parameters.map { $0.under("Images") }
  }
}
