import DigitImage

/// The binary forms of portable graymaps and pixmaps (Netpbm's pgm(5) and ppm(5)), of one byte a
/// sample and one picture a file.
///
///     "P5" or "P6" │ width │ height │ greatest sample │ one white space │ samples
///
/// The three numbers are decimal, between white space and comments that begin with `#` and end
/// with the line.
struct PortableMap {
  private let width: Int
  private let height: Int
  private let greatest: Int
  private let channelCount: Int
  /// Where the samples begin.
  private let start: Int

  static func matches(_ head: some Collection<UInt8>) -> Bool {
    let head = Array(head.prefix(3))
    guard head.count == 3, head[0] == UInt8(ascii: "P") else { return false }
    return (head[1] == UInt8(ascii: "5") || head[1] == UInt8(ascii: "6"))
      && (head[2].isWhiteSpace || head[2] == UInt8(ascii: "#"))
  }

  /// Reads a file that `matches`.
  static func decode(
    _ bytes: [UInt8], file: String, check: SizeCheck
  ) throws(DataFileError) -> GrayImage {
    let map: PortableMap
    do {
      map = try PortableMap(bytes)
    } catch {
      throw DataFileError(file, .damagedPicture(format: name(bytes), reason: error.reason))
    }
    try check(map.width, map.height, usualBytesPerPixel)
    let count = map.width * map.height * map.channelCount
    guard bytes.count - map.start >= count else {
      let reason = "expected \(count) samples, got \(bytes.count - map.start)"
      throw DataFileError(file, .damagedPicture(format: name(bytes), reason: reason))
    }
    let samples = bytes[map.start..<map.start + count]
    return GrayImage(width: map.width, height: map.height, pixels: map.levels(samples))
  }

  private static func name(_ bytes: [UInt8]) -> String {
    bytes[1] == UInt8(ascii: "5") ? "PGM" : "PPM"
  }

  private struct Damage: Error {
    let reason: String
  }

  private init(_ bytes: [UInt8]) throws(Damage) {
    var offset = 2
    channelCount = bytes[1] == UInt8(ascii: "5") ? 1 : 3
    width = try Self.number(bytes, &offset, "a width")
    height = try Self.number(bytes, &offset, "a height")
    greatest = try Self.number(bytes, &offset, "a greatest sample")
    guard greatest <= 255 else {
      throw Damage(reason: "expected a greatest sample of 1 to 255, got \(greatest)")
    }
    guard offset < bytes.count, bytes[offset].isWhiteSpace else {
      throw Damage(reason: "expected white space before the samples")
    }
    start = offset + 1
  }

  /// The next number, at least 1, and `offset` behind it.
  private static func number(
    _ bytes: [UInt8], _ offset: inout Int, _ what: String
  ) throws(Damage) -> Int {
    var isComment = false
    while offset < bytes.count {
      let byte = bytes[offset]
      if isComment {
        isComment = byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r")
      } else if byte == UInt8(ascii: "#") {
        isComment = true
      } else if !byte.isWhiteSpace {
        break
      }
      offset += 1
    }
    let digits = bytes[offset...].prefix { (0x30...0x39).contains($0) }
    let number = digits.prefix(10).reduce(0) { 10 * $0 + Int($1 - 0x30) }
    guard number > 0, digits.count <= 9 else {
      throw Damage(reason: "expected \(what) from 1 to 999999999")
    }
    offset += digits.count
    return number
  }

  /// Samples, of a greatest that need not be 255, to grey levels.
  private func levels(_ samples: ArraySlice<UInt8>) -> [UInt8] {
    let scale = (0...255).map { UInt8((min($0, greatest) * 255 + greatest / 2) / greatest) }
    guard channelCount == 3 else { return samples.map { scale[Int($0)] } }
    return stride(from: samples.startIndex, to: samples.endIndex, by: 3).map { index in
      let red = Int(scale[Int(samples[index])])
      let green = Int(scale[Int(samples[index + 1])])
      let blue = Int(scale[Int(samples[index + 2])])
      return UInt8((299 * red + 587 * green + 114 * blue + 500) / 1_000)
    }
  }
}

extension UInt8 {
  fileprivate var isWhiteSpace: Bool { self == 0x20 || (0x09...0x0d).contains(self) }
}
