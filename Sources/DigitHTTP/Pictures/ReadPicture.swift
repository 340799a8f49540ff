import DigitImage

/// What was found in a picture.
package enum ReadPicture: Equatable, Sendable {
  /// Digits in reading order, at least one; and how many further pieces of ink were taken for no
  /// digit.
  case digits([FoundDigit], leftOutCount: Int)
  /// Why there is nothing to read.
  case nothing(reason: String)
}
