import CTIFF
import DigitFiles
import DigitImage

/// The first picture of a TIFF file, by libtiff: of 1 to 16 bits a sample, grey, of colours, of a
/// palette or of inks, in strips or tiles, and in the compressions that scanners write.
package struct TIFFPicture: StoredPicture {
  package static let name = "TIFF"

  package let width: Int
  package let height: Int
  package let orientation: Orientation
  package let bytesPerPixel: Int
  private let hasAlpha: Bool
  private let bytes: [UInt8]

  /// The byte order, 42, and the same for files beyond 4 GiB, 43.
  package static func matches(_ head: some Collection<UInt8>) -> Bool {
    let marks: [[UInt8]] = [
      [0x49, 0x49, 0x2a, 0], [0x4d, 0x4d, 0, 0x2a], [0x49, 0x49, 0x2b, 0], [0x4d, 0x4d, 0, 0x2b],
    ]
    return marks.contains { head.starts(with: $0) }
  }

  package init(_ bytes: [UInt8]) throws(PictureDamage) {
    let header = try withTIFF(bytes) { (_, header) throws(PictureDamage) in header }
    width = Int(header.width)
    height = Int(header.height)
    orientation = Orientation(rawValue: Int(header.orientation)) ?? .upright
    hasAlpha = header.has_alpha
    self.bytes = bytes
    // What libtiff unpacks at a time, and a band; beside them the levels, perhaps with opacities.
    let band = 4 * UInt64(width) * UInt64(Self.bandHeight(of: height))
    let area = UInt64(width) * UInt64(height)
    let (held, overflow) = band.addingReportingOverflow(header.buffer_size)
    let perPixel = overflow ? UInt64.max : held / area + 1
    let levels: UInt64 = hasAlpha ? 2 : 1
    bytesPerPixel = Int(clamping: max(levels * 2, levels + min(perPixel, 1 << 40)))
  }

  /// libtiff begins a strip anew for each band, and subsampled colours have up to 4 rows each.
  private static func bandHeight(of height: Int) -> Int {
    min(height, ((height + 7) / 8 + 15) / 16 * 16)
  }

  package func levels() throws(PictureDamage) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity((hasAlpha ? 2 : 1) * width * height)
    try withTIFF(bytes) { (tiff, _) throws(PictureDamage) in
      let rowCount = Self.bandHeight(of: height)
      var band = [UInt32](repeating: 0, count: width * rowCount)
      for first in stride(from: 0, to: height, by: rowCount) {
        let count = min(rowCount, height - first)
        var reason = [CChar](repeating: 0, count: digits_tiff_reason_size)
        guard digits_tiff_read(tiff, UInt32(first), UInt32(count), &band, &reason) else {
          throw PictureDamage(words(reason))
        }
        append(band.prefix(width * count), to: &result)
      }
    }
    return hasAlpha ? onGround(result) : result
  }

  /// Levels, or levels and opacities. libtiff multiplies colours by their opacity.
  private func append(_ pixels: ArraySlice<UInt32>, to result: inout [UInt8]) {
    for pixel in pixels {
      let level = greyLevel(
        red: Int(pixel & 255), green: Int(pixel >> 8 & 255), blue: Int(pixel >> 16 & 255))
      guard hasAlpha else {
        result.append(level)
        continue
      }
      let alpha = Int(pixel >> 24)
      result.append(alpha == 0 ? 0 : UInt8(min(255, (Int(level) * 255 + alpha / 2) / alpha)))
      result.append(UInt8(alpha))
    }
  }
}

/// Of one allocation: all that a picture of the usual limits takes.
private let allocationSizeMax = 128 << 20

private func withTIFF<Value>(
  _ bytes: [UInt8],
  _ body: (_ tiff: OpaquePointer, _ header: digits_tiff_header) throws(PictureDamage) -> Value
) throws(PictureDamage) -> Value {
  try bytes.withUnsafeBufferPointer { bytes in
    Result { () throws(PictureDamage) in
      var header = digits_tiff_header()
      var reason = [CChar](repeating: 0, count: digits_tiff_reason_size)
      guard
        let tiff = digits_tiff_open(
          bytes.baseAddress, bytes.count, allocationSizeMax, &header, &reason)
      else { throw PictureDamage(words(reason)) }
      defer { digits_tiff_close(tiff) }
      return try body(tiff, header)
    }
  }.get()
}

private func words(_ reason: [CChar]) -> String {
  let words = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
  return words.isEmpty ? "libtiff gives no reason" : String(decoding: words, as: UTF8.self)
}
