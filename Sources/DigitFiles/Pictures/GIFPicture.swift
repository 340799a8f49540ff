/// The first frame of a GIF file (CompuServe, "Graphics Interchange Format, Version 89a").
///
///     "GIF87a" or "GIF89a" │ screen u16 × u16 │ flags │ 2 bytes │ colours │ blocks …
///     block: 21 │ label │ pieces, or 2C │ left, top, width, height u16 │ flags │ colours
///            │ code size │ pieces
///     pieces: length u8 │ bytes, … until a length of 0
struct GIFPicture: StoredPicture {
  static let name = "GIF"

  let width: Int
  let height: Int
  private let isInterlaced: Bool
  private let palette: [UInt8]
  /// The index of what shows the ground.
  private let transparent: Int?
  private let codeSize: Int
  private let codes: [UInt8]

  /// Indices and levels; with opacities, those and the levels on their ground.
  var bytesPerPixel: Int { transparent == nil ? usualBytesPerPixel : 4 }

  static func matches(_ head: some Collection<UInt8>) -> Bool {
    head.starts(with: Array("GIF87a".utf8)) || head.starts(with: Array("GIF89a".utf8))
  }

  init(_ bytes: [UInt8]) throws(PictureDamage) {
    let file = LittleEndianBytes(bytes)
    var offset = 13
    let shared = try Self.palette(file, flags: try file.byte(at: 10), &offset)
    var transparent: Int?
    while try file.byte(at: offset) != 0x2c {
      guard try file.byte(at: offset) == 0x21 else {
        throw PictureDamage("expected a frame, got a block of another kind")
      }
      let isControl = try file.byte(at: offset + 1) == 0xf9
      offset += 2
      let content = try Self.pieces(file, &offset)
      if isControl, content.count >= 4 {
        transparent = content[0] & 1 != 0 ? Int(content[3]) : nil
      }
    }
    width = try file.integer16(at: offset + 5)
    height = try file.integer16(at: offset + 7)
    guard width > 0, height > 0 else {
      throw PictureDamage("expected a frame of at least a pixel, got \(width) × \(height)")
    }
    let flags = try file.byte(at: offset + 9)
    isInterlaced = flags & 0x40 != 0
    offset += 10
    palette = try Self.palette(file, flags: flags, &offset) ?? shared ?? []
    self.transparent = transparent
    codeSize = try file.byte(at: offset)
    guard (1...8).contains(codeSize) else {
      throw PictureDamage("expected codes of 1 to 8 bits at first, got \(codeSize)")
    }
    offset += 1
    codes = try Self.pieces(file, &offset)
  }

  /// The levels of a table of colours, and `offset` behind it; nil where there is none.
  private static func palette(
    _ file: LittleEndianBytes, flags: Int, _ offset: inout Int
  ) throws(PictureDamage) -> [UInt8]? {
    guard flags & 0x80 != 0 else { return nil }
    let colours = Array(try file.slice(at: offset, count: 3 << (flags & 7 + 1)))
    offset += colours.count
    return stride(from: 0, to: colours.count, by: 3).map { index in
      greyLevel(
        red: Int(colours[index]), green: Int(colours[index + 1]), blue: Int(colours[index + 2]))
    }
  }

  /// What pieces hold one after another, and `offset` behind them.
  private static func pieces(
    _ file: LittleEndianBytes, _ offset: inout Int
  ) throws(PictureDamage) -> [UInt8] {
    var content: [UInt8] = []
    while true {
      let count = try file.byte(at: offset)
      content += try file.slice(at: offset + 1, count: count)
      offset += 1 + count
      if count == 0 { return content }
    }
  }

  func levels() throws(PictureDamage) -> [UInt8] {
    let indices = inOrder(try unpacked())
    guard let transparent else { return indices.map(level) }
    var pairs: [UInt8] = []
    pairs.reserveCapacity(2 * indices.count)
    for index in indices {
      pairs.append(level(index))
      pairs.append(Int(index) == transparent ? 0 : 255)
    }
    return onGround(pairs)
  }

  /// Of an index beyond the colours, black.
  private func level(_ index: UInt8) -> UInt8 {
    Int(index) < palette.count ? palette[Int(index)] : 0
  }

  private func unpacked() throws(PictureDamage) -> [UInt8] {
    var words = LZWWords(codeSize: codeSize)
    let pixels = words.unpack(codes, limit: width * height)
    guard pixels.count == width * height else {
      throw PictureDamage("expected \(width * height) pixels, got \(pixels.count)")
    }
    return pixels
  }

  /// The rows from the top; an interlaced frame has every eighth first, then those between.
  private func inOrder(_ pixels: [UInt8]) -> [UInt8] {
    guard isInterlaced else { return pixels }
    var result = [UInt8](repeating: 0, count: pixels.count)
    var source = 0
    for (first, step) in [(0, 8), (4, 8), (2, 4), (1, 2)] {
      for y in stride(from: first, to: height, by: step) {
        result.replaceSubrange(y * width..<(y + 1) * width, with: pixels[source..<source + width])
        source += width
      }
    }
    return result
  }
}

/// The words that codes of GIF's variable length stand for (Welch, "A Technique for
/// High-Performance Data Compression", IEEE Computer 17(6), 1984). Codes are at most 12 bits long.
private struct LZWWords {
  private static let countMax = 4_096

  private let codeSize: Int
  /// The word without its last byte, as a code; the byte; and how long the word is.
  private var prefixes: [Int]
  private var lasts: [UInt8]
  private var lengths: [Int]

  private var clear: Int { 1 << codeSize }
  private var end: Int { clear + 1 }

  init(codeSize: Int) {
    self.codeSize = codeSize
    prefixes = Array(repeating: 0, count: 2 + 1 << codeSize)
    lasts = (0..<2 + 1 << codeSize).map { UInt8(truncatingIfNeeded: $0) }
    lengths = Array(repeating: 1, count: 2 + 1 << codeSize)
  }

  /// The bytes of a stream of codes, `limit` at most: what comes before anything wrong.
  mutating func unpack(_ codes: [UInt8], limit: Int) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(limit)
    var (bits, bitCount, width) = (0, 0, codeSize + 1)
    var previous: Int?
    for byte in codes {
      bits |= Int(byte) << bitCount
      bitCount += 8
      while bitCount >= width {
        let code = bits & (1 << width - 1)
        bits >>= width
        bitCount -= width
        if code == end || output.count >= limit { return output }
        if code == clear {
          removeWords()
          (width, previous) = (codeSize + 1, nil)
          continue
        }
        guard append(code, after: previous, to: &output, limit: limit) else { return output }
        previous = code
        if prefixes.count == 1 << width, width < 12 { width += 1 }
      }
    }
    return output
  }

  private mutating func removeWords() {
    prefixes.removeSubrange((end + 1)...)
    lasts.removeSubrange((end + 1)...)
    lengths.removeSubrange((end + 1)...)
  }

  /// Appends a code's word, and learns the word before with its first byte. False where the code
  /// stands for no word.
  private mutating func append(
    _ code: Int, after previous: Int?, to output: inout [UInt8], limit: Int
  ) -> Bool {
    guard code < prefixes.count || (code == prefixes.count && previous != nil) else { return false }
    if let previous, prefixes.count < Self.countMax {
      prefixes.append(previous)
      lasts.append(first(of: code < prefixes.count - 1 ? code : previous))
      lengths.append(lengths[previous] + 1)
    }
    guard code < prefixes.count else { return false }
    let start = output.count
    let count = min(lengths[code], limit - start)
    output.append(contentsOf: repeatElement(0, count: count))
    var (word, place) = (code, lengths[code] - 1)
    while place >= 0 {
      if place < count { output[start + place] = lasts[word] }
      word = prefixes[word]
      place -= 1
    }
    return true
  }

  private func first(of code: Int) -> UInt8 {
    var word = code
    while lengths[word] > 1 { word = prefixes[word] }
    return lasts[word]
  }
}
