import DigitServer
import Testing

struct ComputeCostTests {
  @Test func `a batch takes what it takes at all and what each image adds`() {
    let cost = ComputeCost(nanosecondsPerBatch: 300, nanosecondsPerImage: 20)
    #expect(cost.nanoseconds(images: 1) == 320)
    #expect(cost.nanoseconds(images: 64) == 1_580)
  }

  @Test func `of a cascade the later stages count by the share of images that come to them`() {
    let stages = [(300, 20), (50, 450), (1_000, 9_000)].map {
      ComputeCost(nanosecondsPerBatch: $0, nanosecondsPerImage: $1)
    }
    let cost = ComputeCost(stages: stages, shares: [1, 0.5, nil])
    #expect(cost == ComputeCost(nanosecondsPerBatch: 300, nanosecondsPerImage: 20 + 250 + 10_000))
    #expect(ComputeCost(stages: [stages[0]], shares: []) == stages[0])
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
