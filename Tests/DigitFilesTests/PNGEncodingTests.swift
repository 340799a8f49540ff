import DigitFiles
import DigitImage
import Testing

@Test func `a picture that was written is read as it was`() throws {
  let pixels = (0..<15).map { UInt8($0 * 17) }
  let picture = GrayImage(width: 5, height: 3, pixels: pixels)
  #expect(try PictureFile.decode([UInt8](picture.png), file: "grey") == picture)

  var coloured = ColourImage(width: 4, height: 2)
  coloured[1, 1] = RGB(0, 0, 0)
  let read = try PictureFile.decode([UInt8](coloured.png), file: "colour")
  #expect(read.width == 4 && read.height == 2)
  #expect(read.pixels == [255, 255, 255, 255, 255, 0, 255, 255])
}

@Test func `the MNIST test set is told from its parts`() throws {
  let set = try ShippedData.images("t10k")
  #expect(set.isMNISTTestSet)
  #expect(!set.prefix(9_999).isMNISTTestSet)
  #expect(!set.subset((0..<10_000).reversed()).isMNISTTestSet)
}
