import FileAccess
import PlainText

/// A data file that cannot be used: which one, what was expected and what came.
package struct DataFileError: Error, Equatable, CustomStringConvertible {
  package enum Fault: Equatable, Sendable {
    case unreadable(FileError.Fault)
    /// The gzip stream is damaged: zlib's words.
    case damagedGzip(reason: String)
    case truncated(expectedByteCount: Int, byteCount: Int)
    case trailingBytes(expectedByteCount: Int)
    /// Neither IDX nor gzip.
    case notIDX(FileFormat)
    case wrongElementType(UInt8)
    case wrongDimensionCount(expected: Int, got: Int)
    case unusableDimensions([Int], valueCountLimit: Int)
    case countsDiffer(imageCount: Int, labelCount: Int)
    case labelOutOfRange(index: Int, label: UInt8)
    case wrongImageSize(expected: [Int], got: [Int])
    /// A set meant for training holds an image of the MNIST test set.
    case containsTestImages(count: Int, firstIndex: Int)
    /// Of none of the formats that are read.
    case notAPicture(FileFormat, formats: String)
    /// The decoder's words.
    case damagedPicture(format: String, reason: String)
    case tooManyPixels(width: Int, height: Int, limit: Int)
    case tooNarrow(width: Int, height: Int, limit: Int)
  }

  /// The file's path, or a word for data that came from no file.
  package let file: String
  package let fault: Fault

  package init(_ file: String, _ fault: Fault) {
    self.file = file
    self.fault = fault
  }

  package var description: String { "\(file): \(message)".escaped }

  private var message: String {
    switch fault {
    case .unreadable(let fault): FileError(file, .read, fault).reason
    case .damagedGzip(let reason):
      "expected a gzip file, got a damaged one: \(reason)"
    case .truncated(let expected, let got):
      "expected \(expected) bytes after decompression, got only \(got)"
    case .trailingBytes(let expected):
      "expected \(expected) bytes after decompression, got more"
    case .notIDX(let format): "expected an IDX file, plain or gzipped, got \(format.name)"
    case .wrongElementType(let type):
      "expected values of one byte (IDX type 8), got IDX type \(type)"
    case .wrongDimensionCount(let expected, let got):
      "expected \(expected) \(expected == 1 ? "dimension" : "dimensions"), got \(got)"
    case .unusableDimensions(let dimensions, let limit):
      "expected dimensions of 1 to \(limit) values in all, got \(times(dimensions))"
    case .countsDiffer(let images, let labels):
      "expected a label for each of \(images) images, got \(labels) labels"
    case .labelOutOfRange(let index, let label):
      "expected labels from 0 to 9, got \(label) at index \(index)"
    case .wrongImageSize(let expected, let got):
      "expected images of \(times(expected)) pixels, got \(times(got))"
    case .containsTestImages(let count, let firstIndex):
      "expected images to train on, got \(count) of the MNIST test set (the first at index "
        + "\(firstIndex)), which would make its accuracy meaningless"
    case .notAPicture(let format, let formats):
      "expected a \(formats) picture, got \(format.name)"
        + (format.isHEIF ? ": convert it, for example with heif-convert in.heic out.png" : "")
    case .damagedPicture(let format, let reason):
      "expected a whole \(format) picture, got a damaged one: \(reason)"
    case .tooManyPixels(let width, let height, let limit):
      "expected a picture of at most \(limit) pixels, got \(times([width, height]))"
    case .tooNarrow(let width, let height, let limit):
      "expected a picture with sides of 1 to 1 up to 1 to \(limit), "
        + "got \(times([width, height])) pixels"
    }
  }
}

private func times(_ sizes: [Int]) -> String {
  sizes.map(String.init).joined(separator: " × ")
}
