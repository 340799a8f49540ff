import Arguments
import DigitFiles
import Foundation
import ProgramShell

/// Where the four MNIST files lie.
struct DataFolder {
  let path: String

  private let places: DataPlaces

  enum File: String, CaseIterable {
    case trainImages = "train-images-idx3-ubyte"
    case trainLabels = "train-labels-idx1-ubyte"
    case testImages = "t10k-images-idx3-ubyte"
    case testLabels = "t10k-labels-idx1-ubyte"

    /// Whether the file comes with the programs.
    var isShipped: Bool {
      switch self {
      case .trainImages, .trainLabels: false
      case .testImages, .testLabels: true
      }
    }

    var rank: Int {
      switch self {
      case .trainImages, .testImages: 3
      case .trainLabels, .testLabels: 1
      }
    }
  }

  /// - Parameter path: nil for the folder where `./dev fetch-mnist` puts the files.
  init(_ path: String?, places: DataPlaces = .ofProcess) {
    self.path = path ?? places.fetchedImages
    self.places = places
  }

  func trainingSet() throws -> TrainingSet {
    let images = try images(.trainImages, .trainLabels)
    return try TrainingSet(images, source: path(of: .trainImages))
  }

  func testImages() throws -> ImageSet { try images(.testImages, .testLabels) }

  /// The images and labels in these files, or the test images where none is named.
  func images(_ imagePath: String?, _ labelPath: String?) throws -> ImageSet {
    switch (imagePath, labelPath) {
    case (let imagePath?, let labelPath?): return try ImageSet(images: imagePath, labels: labelPath)
    case (nil, nil): return try testImages()
    case (_?, nil), (nil, _?):
      throw Misuse("--images and --labels belong together: expected both or neither")
    }
  }

  /// The SHA-256 of each file's content, uncompressed.
  func sums() throws -> [String: String] {
    var sums: [String: String] = [:]
    for file in File.allCases {
      let content = try IDXFile(readingFrom: path(of: file), rank: file.rank)
      sums[file.rawValue] = content.sha256
    }
    return sums
  }

  private func images(_ images: File, _ labels: File) throws -> ImageSet {
    try ImageSet(images: path(of: images), labels: path(of: labels))
  }

  /// The gzipped file, or the plain one where only that is there.
  private func path(of file: File) throws -> String {
    let folders = file.isShipped ? [path] + places.testImages : [path]
    let candidates = folders.flatMap { ["\($0)/\(file.rawValue).gz", "\($0)/\(file.rawValue)"] }
    guard let found = candidates.first(where: FileManager.default.fileExists) else {
      throw Failure(
        "expected MNIST in \(path), but \(file.rawValue).gz is not there: "
          + "run ./dev fetch-mnist, or name another folder with --data")
    }
    return found
  }
}
