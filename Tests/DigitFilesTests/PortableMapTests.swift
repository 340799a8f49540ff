import DigitFiles
import DigitImage
import Testing

private func decode(_ head: String, _ samples: [UInt8] = []) throws -> GrayImage {
  try PictureFile.decode(Array(head.utf8) + samples, file: "map")
}

@Suite struct PortableMapTests {
  @Test(arguments: [
    "P5 3 2 255\n", "P5\n3\n2\n255 ", "P5\t3\r\n2 255\n", "P5#c\n3 # 9 9\n#\n 2 # w\n255\n",
  ])
  func `a graymap is read whatever stands between its numbers`(head: String) throws {
    let image = try decode(head, [0, 1, 2, 253, 254, 255])
    #expect(image == GrayImage(width: 3, height: 2, pixels: [0, 1, 2, 253, 254, 255]))
  }

  @Test func `a pixmap is read as grey levels`() throws {
    let image = try decode("P6 4 1 255\n", [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9])
    #expect(image.pixels == [76, 150, 29, 9])
  }

  @Test func `another greatest sample is 255, and what is above it too`() throws {
    #expect(try decode("P5 4 1 15\n", [0, 1, 15, 200]).pixels == [0, 17, 255, 255])
    #expect(try decode("P5 2 1 1\n", [0, 1]).pixels == [0, 255])
    #expect(try decode("P5 2 1 1000\n", [0x01, 0xf4, 0xff, 0xff]).pixels == [128, 255])
  }

  @Test func `samples that look like white space or comments are samples`() throws {
    #expect(try decode("P5 3 1 255 ", Array("\n# ".utf8)).pixels == Array("\n# ".utf8))
  }

  @Test(arguments: [
    ("P5", "an unknown format"), ("P5 ", "PGM"), ("P5 2", "PGM"), ("P5 2 2", "PGM"),
    ("P5 2 2 255", "PGM"), ("P5 0 2 255\n", "PGM"), ("P5 -1 2 255\n", "PGM"),
    ("P5 2 2 65536\n", "PGM"), ("P5 2 2 255x", "PGM"), ("P6 a", "PPM"), ("P5 # 2 2 255", "PGM"),
    ("P5 99999999999 1 255\n", "PGM"), ("P2 2 1 255\n1", "PGM"), ("P2 1 1 9\n10", "PGM"),
    ("P1 2 1\n12", "PBM"), ("P4 9 1\n1", "PBM"), ("P7 1 1", "an unknown format"),
  ])
  func `what is no such map is refused`(head: String, word: String) {
    #expect {
      try decode(head)
    } throws: { error in
      "\(error)".contains("picture, got") && ("\(error)".contains(word) || word.hasPrefix("an "))
    }
  }

  @Test func `a map cut short anywhere is an error`() {
    let whole = Array("P6 # c\n2 2 255\n".utf8) + [UInt8](repeating: 7, count: 12)
    for count in 0..<whole.count {
      #expect(throws: DataFileError.self) {
        try PictureFile.decode(Array(whole.prefix(count)), file: "map")
      }
    }
  }

  @Test func `sizes are judged before memory is taken`() {
    #expect(
      throws: DataFileError(
        "map", .tooManyPixels(width: 999_999_999, height: 999_999_999, limit: 64 << 20))
    ) { try decode("P6 999999999 999999999 255\n") }
  }
}
