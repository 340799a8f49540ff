import DigitFiles
import LocalPictures
import Testing

/// A TIFF file of one strip or tile without content: a grey picture of 7 × 5 but for `tags`.
private func tiff(_ tags: [UInt32: UInt32] = [:]) -> [UInt8] {
  let usual: [UInt32: UInt32] = [
    256: 7, 257: 5, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 5, 279: 35,
  ]
  let fields = usual.merging(tags) { $1 }.sorted { $0.key < $1.key }
  let number = { (value: UInt32, count: UInt32) in
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  let entries = fields.flatMap { tag, value in
    number(tag, 2) + number(4, 2) + number(1, 4) + number(value, 4)
  }
  return Array("II".utf8) + number(42, 2) + number(8, 4) + number(UInt32(fields.count), 2) + entries
    + number(0, 4) + [UInt8](repeating: 0, count: 64)
}

private func fault(_ bytes: [UInt8]) -> DataFileError.Fault? {
  do {
    _ = try PictureFile.decode(bytes, file: "scan", formats: .local)
    return nil
  } catch { return error.fault }
}

@Suite struct TIFFPictureTests {
  @Test func `only what reads local files reads it`() {
    #expect(PictureFormats.usual.names == "PNG, JPEG, GIF, BMP, WebP, PBM, PGM or PPM")
    #expect(PictureFormats.local.names == "PNG, JPEG, GIF, BMP, WebP, TIFF, PBM, PGM or PPM")
    #expect(fault(tiff()) == nil)
    #expect(throws: DataFileError.self) { try PictureFile.decode(tiff(), file: "scan") }
  }

  @Test func `sizes are judged before memory is taken`() {
    let huge: [UInt32: UInt32] = [256: 65_000, 257: 65_000, 278: 16, 279: 16]
    #expect(
      fault(tiff(huge)) == .tooManyPixels(width: 65_000, height: 65_000, limit: 64 << 20))
    #expect(fault(tiff([256: 330])) == .tooNarrow(width: 330, height: 5, limit: 32))
  }

  /// A compressed strip is unpacked whole, and a tile may be larger than the picture.
  @Test func `what is unpacked at a time is counted`() {
    let whole: [UInt32: UInt32] = [256: 8_000, 257: 8_000, 259: 5, 278: 8_000]
    let limit = (64 << 20) * 2 / 3
    #expect(fault(tiff(whole)) == .tooManyPixels(width: 8_000, height: 8_000, limit: limit))
    let tile: [UInt32: UInt32] = [322: 1 << 20, 323: 1 << 20, 324: 8, 325: 35]
    guard case .tooManyPixels = fault(tiff(tile)) else {
      Issue.record("a tile of 2^40 bytes is taken")
      return
    }
  }

  @Test(arguments: [
    ([259: 34_925], "got number 34925"), ([258: 12], "12-bit"), ([256: 0], "zero"),
    ([262: 9], "PhotometricInterpretation=9"), ([273: 4_000_000_000], "strip"),
  ])
  func `what is not read is refused in libtiff's words`(tags: [UInt32: UInt32], words: String) {
    guard case .damagedPicture("TIFF", let reason) = fault(tiff(tags)) else {
      Issue.record("\(tags): \(String(describing: fault(tiff(tags))))")
      return
    }
    #expect(reason.contains(words), "\(reason)")
  }
}
