import DigitFiles

extension PictureFormats {
  /// What a person's own files are read as: the usual formats, and those whose libraries are too
  /// large for a server that reads what anybody sends.
  package static let local = usual.and(TIFFPicture.self)
}
