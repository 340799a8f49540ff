import DigitImage

/// A picture whose header and pixels are read one after the other: what the header says, then the
/// levels.
package protocol StoredPicture: Sendable {
  /// As people call the format.
  static var name: String { get }

  var width: Int { get }
  var height: Int { get }
  /// The memory that decoding takes at its height, for each pixel.
  var bytesPerPixel: Int { get }
  /// How the levels must be turned.
  var orientation: Orientation { get }

  /// Whether a file begins as one of the format does.
  static func matches(_ head: some Collection<UInt8>) -> Bool

  /// Reads the header of a file that matches.
  init(_ bytes: [UInt8]) throws(PictureDamage)

  /// width × height levels, row-major.
  func levels() throws(PictureDamage) -> [UInt8]
}

extension StoredPicture {
  package var orientation: Orientation { .upright }

  static func decode(
    _ bytes: [UInt8], file: String, check: SizeCheck
  ) throws(DataFileError) -> GrayImage {
    let damaged = { (damage: PictureDamage) in
      DataFileError(file, .damagedPicture(format: name, reason: damage.reason))
    }
    let picture: Self
    do { picture = try Self(bytes) } catch { throw damaged(error) }
    try check(picture.width, picture.height, picture.bytesPerPixel)
    do {
      let stored = GrayImage(
        width: picture.width, height: picture.height, pixels: try picture.levels())
      return picture.orientation.upright(stored)
    } catch { throw damaged(error) }
  }
}

/// What is wrong with a picture: what was expected, and what came.
package struct PictureDamage: Error {
  let reason: String

  package init(_ reason: String) { self.reason = reason }

  static let cutShort = PictureDamage("it ends too early")
}

/// Numbers within a file, the least significant byte first.
struct LittleEndianBytes {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func byte(at offset: Int) throws(PictureDamage) -> Int {
    guard bytes.indices.contains(offset) else { throw .cutShort }
    return Int(bytes[offset])
  }

  func integer16(at offset: Int) throws(PictureDamage) -> Int {
    let low = try byte(at: offset)
    return try low | byte(at: offset + 1) << 8
  }

  func integer32(at offset: Int) throws(PictureDamage) -> Int {
    let low = try integer16(at: offset)
    return try low | integer16(at: offset + 2) << 16
  }

  func slice(at offset: Int, count: Int) throws(PictureDamage) -> ArraySlice<UInt8> {
    guard offset >= 0, count >= 0, count <= bytes.count, offset <= bytes.count - count
    else { throw .cutShort }
    return bytes[offset..<offset + count]
  }
}

/// The grey of a colour by the weights of BT.601, as JPEG has them.
package func greyLevel(red: Int, green: Int, blue: Int) -> UInt8 {
  UInt8((299 * red + 587 * green + 114 * blue + 500) / 1_000)
}
