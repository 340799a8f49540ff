/// Portable bitmaps, graymaps and pixmaps (Netpbm's pbm(5), pgm(5) and ppm(5)); of several in a
/// file the first.
///
///     "P1" to "P6" │ width │ height │ greatest sample │ one white space │ samples
///
/// The numbers are decimal, between white space and comments that begin with `#` and end with the
/// line. Bitmaps have no greatest sample. From P4 on samples are binary: bits, 1 black; bytes; or
/// two bytes each, where the greatest is above 255. Before, they are numbers as well.
struct PortableMap: StoredPicture {
  let width: Int
  let height: Int
  var bytesPerPixel: Int { usualBytesPerPixel }

  private enum Kind: UInt8 {
    case bits = 1
    case greys, colours
  }

  private let kind: Kind
  private let isText: Bool
  private let greatest: Int
  private let bytes: [UInt8]
  /// Where the samples begin.
  private let start: Int

  static let name = "PBM, PGM or PPM"

  static func matches(_ head: some Collection<UInt8>) -> Bool {
    let head = Array(head.prefix(3))
    guard head.count == 3, head[0] == UInt8(ascii: "P") else { return false }
    return (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(head[1])
      && (head[2].isWhiteSpace || head[2] == UInt8(ascii: "#"))
  }

  init(_ bytes: [UInt8]) throws(PictureDamage) {
    let number = bytes[1] - UInt8(ascii: "0")
    isText = number <= 3
    kind = Kind(rawValue: isText ? number : number - 3) ?? .colours
    self.bytes = bytes
    var offset = 2
    width = try Self.number(bytes, &offset, "a width", 1...999_999_999)
    height = try Self.number(bytes, &offset, "a height", 1...999_999_999)
    greatest =
      kind == .bits ? 1 : try Self.number(bytes, &offset, "a greatest sample", 1...65_535)
    guard offset < bytes.count, bytes[offset].isWhiteSpace else {
      throw PictureDamage("expected white space before the samples")
    }
    start = offset + 1
  }

  private var channelCount: Int { kind == .colours ? 3 : 1 }

  /// The next number, and `offset` behind it.
  private static func number(
    _ bytes: [UInt8], _ offset: inout Int, _ what: String, _ range: ClosedRange<Int>
  ) throws(PictureDamage) -> Int {
    skipSpace(bytes, &offset)
    let digits = bytes[offset...].prefix(10).prefix { (0x30...0x39).contains($0) }
    let number = digits.reduce(0) { 10 * $0 + Int($1 - 0x30) }
    guard !digits.isEmpty, range.contains(number) else {
      throw PictureDamage("expected \(what) from \(range.lowerBound) to \(range.upperBound)")
    }
    offset += digits.count
    return number
  }

  private static func skipSpace(_ bytes: [UInt8], _ offset: inout Int) {
    var isComment = false
    while offset < bytes.count {
      let byte = bytes[offset]
      if isComment {
        isComment = byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r")
      } else if byte == UInt8(ascii: "#") {
        isComment = true
      } else if !byte.isWhiteSpace {
        return
      }
      offset += 1
    }
  }

  func levels() throws(PictureDamage) -> [UInt8] {
    if isText { return try levelsOfText() }
    let sampleSize = greatest > 255 ? 2 : 1
    let rowSize = kind == .bits ? (width + 7) / 8 : width * channelCount * sampleSize
    guard (bytes.count - start) / rowSize >= height else {
      throw PictureDamage("expected \(rowSize * height) bytes, got \(bytes.count - start)")
    }
    if kind == .bits {
      return (0..<width * height).map { place in
        let byte = bytes[start + place / width * rowSize + place % width / 8]
        return byte << (place % width % 8) & 0x80 == 0 ? 255 : 0
      }
    }
    let level = { (place: Int) in
      let first = start + place * sampleSize
      let sample =
        sampleSize == 1 ? Int(bytes[first]) : Int(bytes[first]) << 8 | Int(bytes[first + 1])
      return (min(sample, greatest) * 255 + greatest / 2) / greatest
    }
    guard kind == .colours else { return (0..<width * height).map { UInt8(level($0)) } }
    return (0..<width * height).map { pixel in
      greyLevel(red: level(3 * pixel), green: level(3 * pixel + 1), blue: level(3 * pixel + 2))
    }
  }

  private func levelsOfText() throws(PictureDamage) -> [UInt8] {
    var (offset, levels): (Int, [UInt8]) = (start, [])
    levels.reserveCapacity(width * height)
    var channels: [Int] = []
    for _ in 0..<width * height * channelCount {
      let sample = try sample(&offset)
      if kind == .bits {
        levels.append(sample == 0 ? 255 : 0)
        continue
      }
      channels.append((sample * 255 + greatest / 2) / greatest)
      guard channels.count == channelCount else { continue }
      levels.append(
        greyLevel(
          red: channels[0], green: channels[channelCount / 2],
          blue: channels[channelCount - 1]))
      channels.removeAll(keepingCapacity: true)
    }
    return levels
  }

  /// Bits need no space between them.
  private func sample(_ offset: inout Int) throws(PictureDamage) -> Int {
    guard kind == .bits else {
      return try Self.number(bytes, &offset, "a sample", 0...greatest)
    }
    Self.skipSpace(bytes, &offset)
    guard offset < bytes.count, bytes[offset] == 0x30 || bytes[offset] == 0x31 else {
      throw PictureDamage("expected \(width * height) samples of 0 or 1")
    }
    offset += 1
    return Int(bytes[offset - 1] - 0x30)
  }
}

extension UInt8 {
  fileprivate var isWhiteSpace: Bool { self == 0x20 || (0x09...0x0d).contains(self) }
}
