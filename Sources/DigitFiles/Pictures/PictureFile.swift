import DigitImage
import FileAccess

/// A picture file as grey levels, standing upright.
///
/// Which format a file has, its first bytes tell and never its name. What is transparent shows a
/// white ground, or a black one where most of the picture is transparent and what is visible is
/// light.
package enum PictureFile {
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
    _ path: String, formats: PictureFormats = .usual, limits: Limits = Limits()
  ) throws(DataFileError) -> GrayImage {
    let bytes = try readBytes(of: path, limit: limits.byteCount, patience: limits.patience)
    return try decode(bytes, file: path, formats: formats, limits: limits)
  }

  /// Reads the content of a file; errors call it `file`.
  package static func decode(
    _ bytes: [UInt8], file: String, formats: PictureFormats = .usual, limits: Limits = Limits()
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
    switch formats.format(of: bytes) {
    case .png:
      let stored = try decodePNG(bytes, file: file, check: check)
      return exifOrientation(ofPNG: bytes).upright(stored)
    case .jpeg:
      let stored = try decodeJPEG(bytes, file: file, check: check)
      return exifOrientation(ofJPEG: bytes).upright(stored)
    case .stored(let picture): return try picture.decode(bytes, file: file, check: check)
    case nil:
      throw DataFileError(file, .notAPicture(FileFormat(of: bytes), formats: formats.names))
    }
  }
}

/// Accepts a picture's size, or throws.
/// - Parameter bytesPerPixel: the memory that decoding needs at its height.
typealias SizeCheck =
  (_ width: Int, _ height: Int, _ bytesPerPixel: Int) throws(DataFileError) -> Void

/// The levels as they are stored, and turned upright.
let usualBytesPerPixel = 2
