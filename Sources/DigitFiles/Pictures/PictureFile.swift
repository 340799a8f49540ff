import DigitImage
import FileAccess

/// A PNG, JPEG, GIF, BMP, WebP, PBM, PGM or PPM file as grey levels, standing upright.
///
/// Which of them a file is, its first bytes tell and never its name. What is transparent shows a
/// white ground, or a black one where most of the picture is transparent and what is visible is
/// light.
package enum PictureFile {
  /// What can be read, in words.
  package static let formats = (["PNG", "JPEG"] + stored.map { $0.name }).joined(separator: ", ")

  package struct Limits: Sendable {
    /// Of the file as stored.
    package var byteCount = 32 << 20
    /// Of the picture: a telephone's 50 megapixels and some. Where a format's decoder needs more
    /// memory for a pixel than most, as many fewer.
    package var pixelCount = 64 << 20
    /// How many times as long as the shorter side of a picture the longer may be: a row of digits.
    /// What is longer takes many times as long to search, and holds no more.
    package var aspect = 32
    /// How long the writer of a pipe may take.
    package var patience = InputFile.patience

    package init() {}
  }

  /// - Throws: `DataFileError` where the file is unreadable, has none of the formats, is damaged
  ///   or cut short, or exceeds the limits, which are checked before memory is taken.
  package static func read(
    _ path: String, limits: Limits = Limits()
  ) throws(DataFileError) -> GrayImage {
    let bytes = try readBytes(of: path, limit: limits.byteCount, patience: limits.patience)
    return try decode(bytes, file: path, limits: limits)
  }

  /// Whether a file begins as a picture of one of the formats does.
  package static func isPicture(_ path: String) -> Bool {
    guard let head = InputFile.head(path, byteCount: FileFormat.headByteCount)
    else { return false }
    return head.starts(with: pngSignature) || head.starts(with: jpegSignature)
      || stored(head) != nil
  }

  /// Reads the content of a file; errors call it `file`.
  package static func decode(
    _ bytes: [UInt8], file: String, limits: Limits = Limits()
  ) throws(DataFileError) -> GrayImage {
    let check = { (width: Int, height: Int, bytesPerPixel: Int) throws(DataFileError) in
      let (count, overflow) = width.multipliedReportingOverflow(by: height)
      let limit = limits.pixelCount * usualBytesPerPixel / max(usualBytesPerPixel, bytesPerPixel)
      guard !overflow, count <= limit else {
        throw DataFileError(file, .tooManyPixels(width: width, height: height, limit: limit))
      }
      guard max(width, height) <= min(width, height) * limits.aspect else {
        throw DataFileError(file, .tooNarrow(width: width, height: height, limit: limits.aspect))
      }
    }
    if bytes.starts(with: pngSignature) {
      let stored = try decodePNG(bytes, file: file, check: check)
      return exifOrientation(ofPNG: bytes).upright(stored)
    }
    if let picture = stored(bytes) {
      return try picture.decode(bytes, file: file, check: check)
    }
    guard bytes.starts(with: jpegSignature) else {
      throw DataFileError(file, .notAPicture(FileFormat(of: bytes)))
    }
    let stored = try decodeJPEG(bytes, file: file, check: check)
    return exifOrientation(ofJPEG: bytes).upright(stored)
  }

  private static let stored: [any StoredPicture.Type] = [
    GIFPicture.self, BMPPicture.self, WebPPicture.self, PortableMap.self,
  ]

  /// The format of these that a file begins as.
  private static func stored(_ head: [UInt8]) -> (any StoredPicture.Type)? {
    stored.first { $0.matches(head) }
  }
}

/// Accepts a picture's size, or throws.
/// - Parameter bytesPerPixel: the memory that decoding needs at its height.
typealias SizeCheck =
  (_ width: Int, _ height: Int, _ bytesPerPixel: Int) throws(DataFileError) -> Void

/// The levels as they are stored, and turned upright.
let usualBytesPerPixel = 2

private let pngSignature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
private let jpegSignature: [UInt8] = [0xff, 0xd8, 0xff]
