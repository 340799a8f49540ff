import DigitFiles
import DigitImage

/// What was found in a picture: the same as `digitctl predict` finds in a file.
package enum ReadPicture: Equatable, Sendable {
  /// At least one; and how many further pieces of ink were taken for no digit.
  case digits(FoundDigits, leftOutCount: Int)
  /// Why there is nothing to read.
  case nothing(reason: String)

  /// Reads a picture of any of `PictureFile`'s formats. Takes milliseconds, and seconds for large
  /// ones.
  ///
  /// - Throws: 400 where it is damaged or too narrow, 413 where it is too large or shows too many
  ///   digits, 415 where it has another format.
  init(
    _ bytes: [UInt8], _ arrangement: Arrangement, limits: InferenceLimits
  ) throws(HTTPProblem) {
    var fileLimits = PictureFile.Limits()
    fileLimits.pixelCount = limits.picturePixelCountMax
    fileLimits.aspect = limits.pictureAspectMax
    let image: GrayImage
    do {
      image = try PictureFile.decode(bytes, file: "the body", limits: fileLimits)
    } catch {
      throw HTTPProblem(error)
    }
    switch image.findDigits(arrangement, candidatesMax: limits.imagesMax) {
    case .noInk: self = .nothing(reason: Finding.noInkReason)
    case .digits(let digits, let leftOutCount):
      try ImageShape.check(count: digits.candidates.count, limits: limits)
      self = .digits(digits, leftOutCount: leftOutCount)
    }
  }

  /// Of all candidates: 784 bytes each.
  var pixels: [UInt8] {
    switch self {
    case .digits(let digits, _): digits.candidates.flatMap(\.pixels)
    case .nothing: []
    }
  }
}

extension HTTPProblem {
  fileprivate init(_ error: DataFileError) {
    switch error.fault {
    case .notAPicture:
      self.init(.unsupportedMediaType, code: "unsupported_picture", error.description)
    case .tooManyPixels:
      self.init(.contentTooLarge, code: "picture_too_large", error.description)
    case .tooNarrow: self.init(.badRequest, code: "picture_too_narrow", error.description)
    // Of a picture, what is left is damage.
    default: self.init(.badRequest, code: "damaged_picture", error.description)
    }
  }
}
