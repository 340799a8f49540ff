/// A BMP file, of Windows 2 to 10 or OS/2 1 (Microsoft, "Bitmap Storage"; BITMAPV5HEADER).
///
///     "BM" │ file size u32 │ 4 bytes │ where the pixels begin u32
///     header: its size u32 │ width, height i32 │ planes u16 │ bits u16 │ compression u32 │ …
///     of 12 bytes: width, height, planes, bits u16
///     masks of channels, where the compression says so │ colours │ rows, padded to four bytes
struct BMPPicture: StoredPicture {
  static let name = "BMP"

  let width: Int
  let height: Int
  private let file: LittleEndianBytes
  private let start: Int
  private let bits: Int
  private let isRunLength: Bool
  private let isTopDown: Bool
  /// The levels of the colours.
  private let palette: [UInt8]
  private let red: Channel
  private let green: Channel
  private let blue: Channel
  private let alpha: Channel

  /// Levels with opacities, then on their ground.
  var bytesPerPixel: Int { alpha.isThere ? 4 : usualBytesPerPixel }

  static func matches(_ head: some Collection<UInt8>) -> Bool {
    // Text may begin so, too; the length of the header is one of few.
    let head = Array(head.prefix(18))
    guard head.count == 18, head.starts(with: Array("BM".utf8)) else { return false }
    return [12, 40, 52, 56, 64, 108, 124].contains(head[14]) && head[15...].allSatisfy { $0 == 0 }
  }

  private enum Compression: Int {
    case none, runs8, runs4, masks
    case masksAndAlpha = 6
  }

  init(_ bytes: [UInt8]) throws(PictureDamage) {
    file = LittleEndianBytes(bytes)
    start = try file.integer32(at: 10)
    let headerSize = try file.integer32(at: 14)
    let isOld = headerSize == 12
    let signed = { (number: Int) in Int(Int32(truncatingIfNeeded: number)) }
    width = isOld ? try file.integer16(at: 18) : signed(try file.integer32(at: 18))
    let signedHeight = isOld ? try file.integer16(at: 20) : signed(try file.integer32(at: 22))
    height = abs(signedHeight)
    isTopDown = signedHeight < 0
    bits = try file.integer16(at: isOld ? 24 : 28)
    guard width > 0, height > 0 else {
      throw PictureDamage("expected at least a pixel, got \(width) × \(height)")
    }
    let number = isOld ? 0 : try file.integer32(at: 30)
    guard let compression = Compression(rawValue: number),
      Self.isKnown(bits, compression, isTopDown: isTopDown)
    else {
      throw PictureDamage("expected 1, 4, 8, 16, 24 or 32 bits, got \(bits), compression \(number)")
    }
    isRunLength = compression == .runs8 || compression == .runs4
    let hasMasks = compression == .masks || compression == .masksAndAlpha
    let hasAlpha = hasMasks && (headerSize >= 56 || compression == .masksAndAlpha)
    let standard = bits == 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff_0000, 0xff00, 0xff]
    var masks = standard + [0]
    for index in 0..<(hasAlpha ? 4 : 3) where hasMasks {
      masks[index] = try file.integer32(at: 54 + 4 * index)
    }
    (red, green, blue, alpha) = (
      Channel(masks[0]), Channel(masks[1]), Channel(masks[2]), Channel(masks[3])
    )
    let extra = hasMasks && headerSize == 40 ? (hasAlpha ? 16 : 12) : 0
    palette =
      bits <= 8
      ? try Self.palette(
        file, at: 14 + headerSize + extra, entrySize: isOld ? 3 : 4, count: 1 << bits,
        before: start) : []
  }

  private static func isKnown(_ bits: Int, _ compression: Compression, isTopDown: Bool) -> Bool {
    switch compression {
    case .none: [1, 4, 8, 16, 24, 32].contains(bits)
    case .runs8: bits == 8 && !isTopDown
    case .runs4: bits == 4 && !isTopDown
    case .masks, .masksAndAlpha: bits == 16 || bits == 32
    }
  }

  /// The levels of the colours before the pixels, `count` at most.
  private static func palette(
    _ file: LittleEndianBytes, at offset: Int, entrySize: Int, count: Int, before start: Int
  ) throws(PictureDamage) -> [UInt8] {
    let count = min(count, max(0, start - offset) / entrySize)
    let colours = Array(try file.slice(at: offset, count: entrySize * count))
    return stride(from: 0, to: colours.count, by: entrySize).map { index in
      greyLevel(
        red: Int(colours[index + 2]), green: Int(colours[index + 1]), blue: Int(colours[index]))
    }
  }

  func levels() throws(PictureDamage) -> [UInt8] {
    if isRunLength { return upright(try unpackedRuns().map(level)) }
    let rowSize = (width * bits + 31) / 32 * 4
    let bytes = try file.slice(at: start, count: rowSize * height)
    var values: [UInt8] = []
    values.reserveCapacity(width * height * (alpha.isThere ? 2 : 1))
    for row in 0..<height {
      let y = isTopDown ? row : height - 1 - row
      let first = bytes.startIndex + y * rowSize
      append(bytes[first..<first + rowSize], to: &values)
    }
    return alpha.isThere ? onGround(values) : values
  }

  private func append(_ row: ArraySlice<UInt8>, to values: inout [UInt8]) {
    if bits <= 8 {
      let perByte = 8 / bits
      for x in 0..<width {
        let shift = 8 - bits * (x % perByte + 1)
        values.append(level(row[row.startIndex + x / perByte] >> shift & UInt8(1 << bits - 1)))
      }
      return
    }
    let size = bits / 8
    for x in 0..<width {
      let first = row.startIndex + x * size
      let pixel = row[first..<first + size].reversed().reduce(0) { $0 << 8 | Int($1) }
      values.append(
        greyLevel(red: red.level(pixel), green: green.level(pixel), blue: blue.level(pixel)))
      if alpha.isThere { values.append(UInt8(alpha.level(pixel))) }
    }
  }

  /// Of an index beyond the colours, black.
  private func level(_ index: UInt8) -> UInt8 {
    Int(index) < palette.count ? palette[Int(index)] : 0
  }

  private func upright(_ rows: [UInt8]) -> [UInt8] {
    (0..<height).reversed().flatMap { rows[$0 * width..<($0 + 1) * width] }
  }
}

extension BMPPicture {
  /// Indices of colours, the lowest row first. What the runs leave out is the first colour.
  ///
  ///     count u8 │ index, or two of four bits
  ///     0 │ 0 end of row, 1 end, 2 then how far right and up, or a count from 3 and indices,
  ///     padded to two bytes
  private func unpackedRuns() throws(PictureDamage) -> [UInt8] {
    var pixels = [UInt8](repeating: 0, count: width * height)
    var (x, y, offset) = (0, 0, start)
    let put = { (index: Int) in
      if x < width, y < height { pixels[y * width + x] = UInt8(index) }
      x += 1
    }
    // The index at a place of a run, whose pixels alternate where there are four bits each.
    let index = { (byte: Int, place: Int) in
      bits == 8 ? byte : place.isMultiple(of: 2) ? byte >> 4 : byte & 15
    }
    while y < height {
      let (count, value) = (try file.byte(at: offset), try file.byte(at: offset + 1))
      offset += 2
      switch (count, value) {
      case (0, 0): (x, y) = (0, y + 1)
      case (0, 1): return pixels
      case (0, 2):
        x += try file.byte(at: offset)
        y += try file.byte(at: offset + 1)
        offset += 2
      case (0, let count):
        let bytes = Array(try file.slice(at: offset, count: (count * bits + 7) / 8))
        for place in 0..<count { put(index(Int(bytes[place * bits / 8]), place)) }
        offset += (bytes.count + 1) / 2 * 2
      case (let count, let byte):
        for place in 0..<count { put(index(byte, place)) }
      }
    }
    return pixels
  }

  /// The bits of a pixel that tell of a colour.
  fileprivate struct Channel {
    private let mask: Int
    private let shift: Int

    init(_ mask: Int) {
      self.mask = mask
      shift = mask == 0 ? 0 : mask.trailingZeroBitCount
    }

    var isThere: Bool { mask != 0 }

    /// From 0 to 255.
    func level(_ pixel: Int) -> Int {
      let most = mask >> shift
      return most == 0 ? 0 : (pixel & mask) >> shift * 255 / most
    }
  }
}
