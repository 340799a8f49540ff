import DigitFiles
import Testing

/// A lossless file that has a header and no pixels: 0x2F, then the sides less one in 14 bits each.
private func header(width: Int, height: Int) -> [UInt8] {
  let sides = UInt32(width - 1) | UInt32(height - 1) << 14
  let bits = stride(from: 0, to: 32, by: 8).map { UInt8(truncatingIfNeeded: sides >> $0) }
  let chunk = Array("VP8L".utf8) + [6, 0, 0, 0, 0x2f] + bits + [0]
  return Array("RIFF".utf8) + [UInt8(chunk.count + 4), 0, 0, 0] + Array("WEBP".utf8) + chunk
}

@Suite struct WebPPictureTests {
  @Test func `sizes are judged before memory is taken`() {
    #expect(
      throws: DataFileError(
        "sheet", .tooManyPixels(width: 16_384, height: 16_384, limit: (64 << 20) / 3))
    ) { try PictureFile.decode(header(width: 16_384, height: 16_384), file: "sheet") }
    #expect(throws: DataFileError("sheet", .tooNarrow(width: 330, height: 10, limit: 32))) {
      try PictureFile.decode(header(width: 330, height: 10), file: "sheet")
    }
  }

  @Test(arguments: [
    (Array("RIFF\u{0}\u{0}\u{0}\u{0}WEBP".utf8), "its chunks are cut short or out of order"),
    (header(width: 7, height: 5), "its data contradicts itself"),
  ])
  func `a damaged file is told by what is wrong with it`(bytes: [UInt8], reason: String) {
    #expect(throws: DataFileError("sheet", .damagedPicture(format: "WebP", reason: reason))) {
      try PictureFile.decode(bytes, file: "sheet")
    }
  }
}
