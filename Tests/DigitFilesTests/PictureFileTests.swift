import DigitFiles
import DigitImage
import Foundation
import LocalPictures
import Testing

/// Pictures that Pillow wrote, with what each must be read as (Tests/Data/pictures).
private struct Golden: Decodable {
  let width: Int
  let height: Int
  let grey: [Int]

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Data/pictures")

  static let all = try? JSONDecoder().decode(
    [String: Golden].self, from: try Data(contentsOf: folder.appending(path: "grey.json")))

  static let names = (all?.keys).map { $0.sorted() } ?? []

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }
}

@Suite struct PictureFileTests {
  @Test func `every way of storing is among the golden files`() {
    #expect(Golden.names.count == 96)
  }

  @Test(arguments: Golden.names)
  func `a picture is read as its writer meant it`(name: String) throws {
    let golden = try #require(Golden.all?[name])
    let image = try PictureFile.read(
      Golden.folder.appending(path: name).path, formats: .local)
    #expect(image.width == golden.width)
    #expect(image.height == golden.height)
    let isLossy = ["jpg", "webp", "jpeg.tiff"].contains { name.hasSuffix($0) }
    let tolerance = isLossy ? 5 : 2
    for (got, expected) in zip(image.pixels, golden.grey) {
      #expect(abs(Int(got) - expected) <= tolerance)
    }
  }

  @Test func `what a file is its first bytes tell, not its name`() throws {
    try withFile(try Golden.bytes("grey.jpg")) { path in
      #expect(PictureFormats.usual.isPicture(path))
      let image = try PictureFile.read(path)
      #expect(image.width == 37)
    }
  }

  @Test(arguments: [
    "grey-8.png", "palette.png", "grey.jpg", "progressive.jpg", "exif-6.jpg", "exif-6.png",
    "small.gif", "clear.gif", "interlaced.gif", "palette.bmp", "colour-16.bmp", "runs-8.bmp",
    "runs-4.bmp", "grey-1.pbm", "grey-16.pgm", "text.pbm", "lossless.webp", "colour.webp",
    "clear.webp", "clear-lossless.webp", "two-frames.webp", "exif-6.webp",
    "grey-8.tiff", "group4.tiff", "lzw.tiff", "jpeg.tiff", "tiles.tiff", "clear.tiff",
  ])
  func `a file cut short anywhere is an error or whole, and never ends the program`(
    name: String
  ) throws {
    let bytes = try Golden.bytes(name)
    let whole = try PictureFile.decode(bytes, file: name, formats: .local)
    for count in 0..<bytes.count {
      guard
        let part = try? PictureFile.decode(
          Array(bytes.prefix(count)), file: name, formats: .local)
      else { continue }
      // Nothing of the picture is missing, only what comes after it.
      #expect(count > bytes.count - 20, "\(count) of \(bytes.count) bytes")
      #expect(part == whole)
    }
  }

  @Test(arguments: [
    "grey-8.png", "grey.jpg", "exif-6.jpg", "exif-6.png", "small.gif", "clear.gif",
    "two-frames.gif",
    "palette.bmp", "colour-16.bmp", "colour-32.bmp", "runs-8.bmp", "runs-4.bmp", "grey-1.pbm",
    "grey-16.pgm", "text.pbm", "text.ppm", "lossless.webp", "colour.webp", "clear.webp",
    "clear-lossless.webp", "two-frames.webp", "exif-6.webp",
    "grey-8.tiff", "group3.tiff", "group4.tiff", "lzw.tiff", "packbits.tiff", "deflate.tiff",
    "jpeg.tiff", "tiles.tiff", "strips.tiff", "planes.tiff", "clear.tiff", "four-inks.tiff",
    "turned-6.tiff",
  ])
  func `a file with any byte spoilt never ends the program`(name: String) throws {
    let bytes = try Golden.bytes(name)
    for index in bytes.indices {
      var spoilt = bytes
      spoilt[index] ^= 0xff
      do {
        _ = try PictureFile.decode(spoilt, file: name, formats: .local)
      } catch { #expect(error.file == name) }
    }
  }

  @Test(arguments: [
    ([], "got an empty file"),
    (Array("....ftypheic".utf8), "got a HEIC picture: convert it, for example with heif-convert"),
    ([0x49, 0x49, 0x2a, 0], "got a TIFF picture"),
    (Array("BMX, not a picture".utf8), "got a BMP picture"),
  ])
  func `another kind of file is told by its name`(
    bytes: [UInt8], words: String
  ) throws {
    let error = try #require(throws: DataFileError.self) {
      try PictureFile.decode(bytes, file: "odd.png")
    }
    #expect("\(error)".hasPrefix("odd.png: expected a \(PictureFormats.usual.names) picture, got"))
    #expect("\(error)".contains(words))
  }

  @Test(arguments: ["grey-8.png", "grey.jpg", "lossless.webp", "colour.webp"])
  func `half a picture is a damaged one`(name: String) throws {
    let bytes = try Golden.bytes(name)
    let error = try #require(throws: DataFileError.self) {
      try PictureFile.decode(Array(bytes.prefix(bytes.count / 2)), file: name)
    }
    guard case .damagedPicture = error.fault else {
      Issue.record("\(error)")
      return
    }
  }

  @Test(arguments: [
    ("grey-8.png", 35), ("grey.jpg", 851), ("palette.gif", 35), ("colour-24.bmp", 35),
    ("grey-1.pbm", 35), ("text.ppm", 35), ("colour.webp", 851),
  ])
  func `a picture of more pixels than the limit is refused by its header`(
    name: String, pixelCount: Int
  ) throws {
    var limits = PictureFile.Limits()
    limits.pixelCount = pixelCount
    let bytes = try Golden.bytes(name)
    _ = try PictureFile.decode(bytes, file: name, limits: limits)
    limits.pixelCount -= 1
    let size = pixelCount == 851 ? (37, 23) : (7, 5)
    let error = DataFileError(
      name, .tooManyPixels(width: size.0, height: size.1, limit: pixelCount - 1))
    #expect(throws: error) { try PictureFile.decode(bytes, file: name, limits: limits) }
  }

  /// Bytes for each pixel while it is decoded: 2 for most formats.
  @Test(arguments: [
    ("progressive.jpg", 5), ("four-inks.jpg", 5), ("clear-corner.png", 4), ("clear.gif", 4),
    ("lossless.webp", 6), ("clear.webp", 7), ("clear-lossless.webp", 7),
  ])
  func `a picture that is costlier to decode may have as many fewer pixels`(
    name: String, bytesPerPixel: Int
  ) throws {
    let bytes = try Golden.bytes(name)
    let golden = try #require(Golden.all?[name])
    let count = golden.width * golden.height
    var limits = PictureFile.Limits()
    limits.pixelCount = (count * bytesPerPixel + 1) / 2
    _ = try PictureFile.decode(bytes, file: name, limits: limits)
    limits.pixelCount = count * bytesPerPixel / 2 - 1
    #expect(throws: DataFileError.self) {
      try PictureFile.decode(bytes, file: name, limits: limits)
    }
  }

  @Test(arguments: [("33 1", 33, 1), ("1 33", 1, 33)])
  func `a picture much longer than wide is refused by its header`(
    size: String, width: Int, height: Int
  ) {
    let error = DataFileError("map", .tooNarrow(width: width, height: height, limit: 32))
    #expect(throws: error) {
      try PictureFile.decode(Array("P5 \(size) 255\n".utf8), file: "map")
    }
  }

  @Test func `a file over the limit is not read`() throws {
    var limits = PictureFile.Limits()
    limits.byteCount = 10
    try withFile([UInt8](repeating: 0, count: 11)) { path in
      #expect(throws: DataFileError(path, .unreadable(.tooLarge(byteCount: 11, limit: 10)))) {
        try PictureFile.read(path, limits: limits)
      }
    }
  }
}
