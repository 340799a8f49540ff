import DigitImage

/// How a JPEG file says that its picture must be turned: in its EXIF segment (CIPA DC-008, 4.5.4).
/// A file that does not say, or says it wrongly, is upright.
///
///     FF E1 │ length u16 BE │ "Exif\0\0" │ TIFF
func exifOrientation(ofJPEG jpeg: [UInt8]) -> Orientation {
  let application1: UInt8 = 0xe1
  for segment in JPEGSegments(jpeg) where segment.marker == application1 {
    guard segment.content.starts(with: exifMark) else { continue }
    return exifOrientation(of: segment.content)
  }
  return .upright
}

/// How a PNG file says it: in its chunk eXIf, before the picture's data or after (PNG, third
/// edition, 11.3.4.5).
///
///     length u32 BE │ "eXIf" │ TIFF │ CRC u32
func exifOrientation(ofPNG png: [UInt8]) -> Orientation {
  var offset = 8
  while offset + 12 <= png.count {
    let length = png[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    let end = offset + 12 + length
    guard end <= png.count else { break }
    switch String(decoding: png[(offset + 4)..<(offset + 8)], as: UTF8.self) {
    case "eXIf": return exifOrientation(of: png[(offset + 8)..<(end - 4)])
    case "IEND": return .upright
    default: offset = end
    }
  }
  return .upright
}

/// How EXIF data says it, behind JPEG's mark, which some writers put before it in other formats, or
/// without.
func exifOrientation(of content: ArraySlice<UInt8>) -> Orientation {
  let hasMark = content.starts(with: exifMark)
  return orientation(ofTIFF: hasMark ? content.dropFirst(exifMark.count) : content)
}

private let exifMark = Array("Exif\0\0".utf8)

/// The value of tag 274 in the first directory.
///
///     "II*\0" or "MM\0*" │ offset u32 │ … directory
///     directory: count u16, then 12 bytes an entry: tag u16, type u16, count u32, value
private func orientation(ofTIFF bytes: ArraySlice<UInt8>) -> Orientation {
  let tiff = TIFFBytes(bytes: bytes)
  guard let directory = tiff.integer(at: 4, byteCount: 4),
    let count = tiff.integer(at: directory, byteCount: 2)
  else { return .upright }
  for entry in 0..<count {
    let offset = directory + 2 + 12 * entry
    guard let tag = tiff.integer(at: offset, byteCount: 2) else { break }
    guard tag == 274 else { continue }
    let value = tiff.integer(at: offset + 8, byteCount: 2)
    return value.flatMap(Orientation.init) ?? .upright
  }
  return .upright
}

/// Numbers in the byte order that the first two letters name.
private struct TIFFBytes {
  private let bytes: [UInt8]
  private let isLittleEndian: Bool

  init(bytes: ArraySlice<UInt8>) {
    self.bytes = Array(bytes)
    isLittleEndian = bytes.starts(with: Array("II".utf8))
  }

  /// Nil beyond the end.
  func integer(at offset: Int, byteCount: Int) -> Int? {
    guard offset >= 0, offset + byteCount <= bytes.count else { return nil }
    let field = bytes[offset..<offset + byteCount]
    let ordered = isLittleEndian ? Array(field.reversed()) : Array(field)
    return ordered.reduce(0) { $0 << 8 | Int($1) }
  }
}
