import FileAccess

/// The formats of pictures that a program reads.
package struct PictureFormats: Sendable {
  /// What is read of bytes that may come from anybody.
  package static let usual = PictureFormats([
    GIFPicture.self, BMPPicture.self, WebPPicture.self, PortableMap.self,
  ])

  enum Format {
    case png, jpeg
    case stored(any StoredPicture.Type)
  }

  /// Beside PNG and JPEG.
  private let stored: [any StoredPicture.Type]

  private init(_ stored: [any StoredPicture.Type]) { self.stored = stored }

  /// With a further format.
  package func and(_ format: any StoredPicture.Type) -> PictureFormats {
    // The last is several by its name: "PBM, PGM or PPM".
    var formats = stored
    formats.insert(format, at: stored.count - 1)
    return PictureFormats(formats)
  }

  /// In words, as in "expected a PNG, JPEG or PPM picture".
  package var names: String { (["PNG", "JPEG"] + stored.map { $0.name }).joined(separator: ", ") }

  /// Whether a file begins as a picture of one of the formats does.
  package func isPicture(_ path: String) -> Bool {
    guard let head = InputFile.head(path, byteCount: FileFormat.headByteCount)
    else { return false }
    return format(of: head) != nil
  }

  func format(of head: [UInt8]) -> Format? {
    if head.starts(with: pngSignature) { return .png }
    if head.starts(with: jpegSignature) { return .jpeg }
    return stored.first { $0.matches(head) }.map(Format.stored)
  }
}

private let pngSignature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
private let jpegSignature: [UInt8] = [0xff, 0xd8, 0xff]
