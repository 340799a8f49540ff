import DigitModel
import DigitTraining
import Testing

/// A filled square of side 8 in the middle of 28 × 28.
private let square: [UInt8] = (0..<784).map { index in
  (10..<18).contains(index / 28) && (10..<18).contains(index % 28) ? 255 : 0
}

private func load(
  _ image: [UInt8], _ augmentation: Augmentation, seed: UInt64 = 1,
  input: Network.Input = Network.Input()
) -> [Float] {
  var target = [Float](repeating: .nan, count: 784)
  ImageLoader(input: input, augmentation: augmentation)
    .loadAugmented(image, seed: seed, into: &target)
  return target
}

private func centre(_ pixels: [Float]) -> (x: Float, y: Float, ink: Float) {
  let ink = pixels.reduce(0, +)
  let x = pixels.indices.reduce(Float(0)) { $0 + Float($1 % 28) * pixels[$1] } / ink
  let y = pixels.indices.reduce(Float(0)) { $0 + Float($1 / 28) * pixels[$1] } / ink
  return (x, y, ink)
}

@Test func `without augmentation pixels are only scaled`() {
  #expect(load(square, .none) == square.map { Float($0) * (1 / 255) })
}

@Test func `mean and deviation are those of the network`() {
  var input = Network.Input()
  input.mean = 0.5
  input.standardDeviation = 0.25
  let pixels = load(square, .none, input: input)
  #expect(abs(pixels[0] - -2) < 1e-6)
  #expect(abs(pixels[14 * 28 + 14] - 2) < 1e-5)
  // What lies beyond the edges is paper, not zero.
  let moved = load(square, Augmentation(shiftPixels: 3), input: input)
  #expect(moved.allSatisfy { $0 > -2.001 && $0 < 2.001 })
}

@Test func `a shift moves the ink by at most its limit, and loses none`() {
  var largest: Float = 0
  for seed: UInt64 in 0..<200 {
    let moved = centre(load(square, Augmentation(shiftPixels: 2), seed: seed))
    #expect(abs(moved.x - 13.5) < 2.01 && abs(moved.y - 13.5) < 2.01)
    #expect(abs(moved.ink - 64) < 0.01)
    largest = max(largest, abs(moved.x - 13.5))
  }
  #expect(largest > 1.8)
}

@Test func `a scale changes the area by its square and keeps the centre`() {
  var (smallest, largest) = (Float.infinity, Float(0))
  for seed: UInt64 in 0..<200 {
    let scaled = centre(load(square, Augmentation(scale: 0.1), seed: seed))
    #expect(abs(scaled.x - 13.5) < 0.01 && abs(scaled.y - 13.5) < 0.01)
    smallest = min(smallest, scaled.ink / 64)
    largest = max(largest, scaled.ink / 64)
  }
  #expect(abs(smallest - 0.81) < 0.03)
  #expect(abs(largest - 1.21) < 0.03)
}

@Test func `a rotation turns about the centre, both ways`() {
  // A bar from the centre to the right: its end rises or sinks by the sine of the angle.
  let bar: [UInt8] = (0..<784).map { index in
    (13..<15).contains(index / 28) && (14..<26).contains(index % 28) ? 255 : 0
  }
  let limit = 12 * Float.pi / 180
  var heights: [Float] = []
  for seed: UInt64 in 0..<200 {
    let turned = centre(load(bar, Augmentation(rotationDegrees: 12), seed: seed))
    #expect(abs(turned.ink - 24) < 0.5)
    heights.append((turned.y - 13.5) / 6)
  }
  #expect(heights.allSatisfy { abs($0) < limit * 1.02 })
  #expect(heights.max()! > 0.9 * limit && heights.min()! < -0.9 * limit)
}

@Test func `the same seed gives the same image`() {
  let strong = Augmentation(rotationDegrees: 20, shiftPixels: 3, scale: 0.2)
  #expect(load(square, strong, seed: 9) == load(square, strong, seed: 9))
  #expect(load(square, strong, seed: 9) != load(square, strong, seed: 10))
}
