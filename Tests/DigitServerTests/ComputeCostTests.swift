import DigitServer
import Testing

struct ComputeCostTests {
  @Test func `a batch takes what it takes at all and what each image adds`() {
    let cost = ComputeCost(nanosecondsPerBatch: 300, nanosecondsPerImage: 20)
    #expect(cost.nanoseconds(images: 1) == 320)
    #expect(cost.nanoseconds(images: 64) == 1_580)
  }

  @Test func `models are timed on an image of which nothing can be passed over`() {
    let image = ComputeCost.slowestImage(pixelCount: 784)
    #expect(image.count == 784)
    #expect(!image.contains(0))
    // Neither across nor down, in maps of any width.
    for distance in 1...56 {
      #expect(zip(image, image.dropFirst(distance)).allSatisfy { $0 != $1 })
    }
  }
}
