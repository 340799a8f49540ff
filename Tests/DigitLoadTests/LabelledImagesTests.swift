import DigitLoad
import DigitWire
import ProtocolFixtures
import Testing

/// Five images whose pixels and label are their number.
private func five(batch: Int) -> LabelledImages {
  let pixels = (0..<5).flatMap { [UInt8](repeating: $0, count: ProtocolLimits.pixelsPerImage) }
  return LabelledImages(pixels: pixels, labels: [0, 1, 2, 3, 4], batch: batch)
}

/// How many labels of a top-1 RESULT are right.
private func correctCount(_ images: LabelledImages, from first: Int, _ labels: [Int]) -> Int? {
  let result = PredictResult(
    modelVersion: 1, queueMicroseconds: 0, computeMicroseconds: 0, imageCount: labels.count,
    returns: .topOne, classCount: 10)
  return result.payload(labels.map { TopOne(label: $0, probability: 0.5) }).withUnsafeBytes {
    images.correctCount(from: first, in: result.records($0))
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
    #expect(correctCount(images, from: 0, [0, 1, 2]) == 3)
    #expect(correctCount(images, from: 0, [0, 2, 2]) == 2)
    // Over the end of the set.
    #expect(correctCount(images, from: 4, [4, 0, 1]) == 3)
    #expect(correctCount(images, from: 4, [9, 9, 9]) == 0)
  }

  @Test func `answers to images without labels are neither right nor wrong`() {
    let pixels = [UInt8](repeating: 0, count: 2 * ProtocolLimits.pixelsPerImage)
    let images = LabelledImages(pixels: pixels, labels: nil, batch: 2)
    #expect(images.count == 2)
    #expect(correctCount(images, from: 1, [0, 0]) == nil)
  }
}
