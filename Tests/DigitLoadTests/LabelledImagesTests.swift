import DigitLoad
import DigitWire
import Testing

/// Five images whose pixels and label are their number.
private func five(batch: Int) -> LabelledImages {
  let pixels = (0..<5).flatMap { [UInt8](repeating: $0, count: ProtocolLimits.pixelsPerImage) }
  return LabelledImages(pixels: pixels, labels: [0, 1, 2, 3, 4], batch: batch)
}

/// A top-1 RESULT's payload.
private func records(_ labels: [Int]) -> [UInt8] {
  labels.flatMap { label in
    var record = [UInt8](repeating: 0, count: TopOne.byteCount)
    record.withUnsafeMutableBytes { TopOne(label: label, probability: 0.5).encode(into: $0) }
    return record
  }
}

struct LabelledImagesTests {
  @Test(arguments: [1, 2, 3, 5, 7, 12])
  func `requests take the images in turn, and each lies in one piece`(batch: Int) {
    let images = five(batch: batch)
    var rotation = ImageRotation(images)
    var expected = 0
    for _ in 0..<12 {
      let range = images.byteRange(from: rotation.next())
      let first = images.pixels[range].enumerated()
        .filter { $0.offset % ProtocolLimits.pixelsPerImage == 0 }.map { Int($0.element) }
      #expect(first == (expected..<(expected + batch)).map { $0 % 5 })
      expected += batch
    }
  }

  @Test func `labels are compared with those of the request's own images`() {
    let images = five(batch: 3)
    let count = { (first: Int, labels: [Int]) in
      records(labels).withUnsafeBytes { images.correctCount(from: first, in: $0) }
    }
    #expect(count(0, [0, 1, 2]) == 3)
    #expect(count(0, [0, 2, 2]) == 2)
    // Over the end of the set.
    #expect(count(4, [4, 0, 1]) == 3)
    #expect(count(4, [9, 9, 9]) == 0)
  }
}
