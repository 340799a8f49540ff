import DigitImage

/// How a JPEG file says that its picture must be turned: tag 274 of its EXIF segment (CIPA
/// DC-008, 4.6.4). A file that does not say, or says it wrongly, is upright.
///
///     FF E1 │ length u16 BE │ "Exif\0\0" │ "II*\0" or "MM\0*" │ offset u32 │ … directory
///     directory: count u16, then 12 bytes an entry: tag u16, type u16, count u32, value
func exifOrientation(of jpeg: [UInt8]) -> Orientation {
  guard let segment = exifSegment(of: jpeg) else { return .upright }
  let tiff = TIFFBytes(bytes: segment.dropFirst(6))
  guard let directory = tiff.integer(at: 4, byteCount: 4),
    let count = tiff.integer(at: directory, byteCount: 2)
  else { return .upright }
  for entry in 0..<count {
    let place = directory + 2 + 12 * entry
    guard let tag = tiff.integer(at: place, byteCount: 2) else { break }
    guard tag == 274 else { continue }
    let value = tiff.integer(at: place + 8, byteCount: 2)
    return value.flatMap(Orientation.init) ?? .upright
  }
  return .upright
}

/// The content of the first EXIF segment before the picture's data.
private func exifSegment(of jpeg: [UInt8]) -> ArraySlice<UInt8>? {
  let (startOfScan, application1): (UInt8, UInt8) = (0xda, 0xe1)
  var place = 2
  while place + 4 <= jpeg.count, jpeg[place] == 0xff {
    let marker = jpeg[place + 1]
    guard marker != startOfScan else { return nil }
    let length = Int(jpeg[place + 2]) << 8 | Int(jpeg[place + 3])
    let end = place + 2 + length
    guard length >= 2, end <= jpeg.count else { return nil }
    let content = jpeg[(place + 4)..<end]
    if marker == application1, content.starts(with: Array("Exif\0\0".utf8)) { return content }
    place = end
  }
  return nil
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
  func integer(at place: Int, byteCount: Int) -> Int? {
    guard place >= 0, place + byteCount <= bytes.count else { return nil }
    let part = bytes[place..<place + byteCount]
    let ordered = isLittleEndian ? Array(part.reversed()) : Array(part)
    return ordered.reduce(0) { $0 << 8 | Int($1) }
  }
}
