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

@Test func `a shear moves rows sideways by their height, and no row up or down`() {
  // Two dots, above and below the centre.
  var dots = [UInt8](repeating: 0, count: 784)
  for (y, x) in [(4, 13), (4, 14), (23, 13), (23, 14)] { dots[y * 28 + x] = 255 }
  var largest: Float = 0
  for seed: UInt64 in 0..<200 {
    let sheared = load(dots, Augmentation(shear: 0.2), seed: seed)
    let rows = [4, 23].map { row in centre(Array(sheared[row * 28..<row * 28 + 28])) }
    #expect(abs(rows[0].ink - 2) < 0.01 && abs(rows[1].ink - 2) < 0.01)
    // 9.5 rows from the centre, in opposite directions.
    #expect(abs(rows[0].x + rows[1].x - 27) < 0.01)
    #expect(abs(rows[0].x - 13.5) < 1.91)
    largest = max(largest, abs(rows[0].x - 13.5))
  }
  #expect(largest > 1.7)
}

@Test func `an elastic field moves each pixel smoothly, by the deviation that was asked for`() {
  let field = ElasticField(height: 28, width: 28)
  var random = RandomSource(seed: 3)
  var (squares, steps, corner) = (Float(0), Float(0), Float(0))
  for _ in 0..<500 {
    field.withDisplacements(deviation: 2, &random) { across, down in
      // At the corners lie nodes; between nodes the deviation is smaller.
      corner += across[0] * across[0] + down[783] * down[783]
      for pixel in 14 * 28 + 4..<14 * 28 + 24 {
        squares += across[pixel] * across[pixel]
        steps += (across[pixel + 1] - across[pixel]) * (across[pixel + 1] - across[pixel])
      }
    }
  }
  #expect(abs((corner / 1_000).squareRoot() - 2) < 0.15)
  #expect((1.0...2.0).contains((squares / 10_000).squareRoot()))
  // Nodes are 5.4 pixels apart.
  #expect((steps / 10_000).squareRoot() < 0.6)
}

@Test func `an elastic field keeps ink roughly where it was`() {
  let plain = load(square, .none)
  let bent = load(square, Augmentation(elasticPixels: 0.5), seed: 4)
  #expect(bent != plain)
  #expect(abs(centre(bent).x - 13.5) < 1.5 && abs(centre(bent).ink - 64) < 12)
}

@Test func `augmentation is gentler in the last part of the epochs`() {
  var recipe = Recipe(epochs: 30, batch: 1, learningRate: 1)
  recipe.augmentation = Augmentation(
    rotationDegrees: 8, shiftPixels: 1, scale: 0.1, shear: 0.2, elasticPixels: 0.5)
  recipe.gentleEnd = 1.0 / 15
  #expect(recipe.augmentation(inEpoch: 28) == recipe.augmentation)
  for epoch in 29...30 {
    #expect(
      recipe.augmentation(inEpoch: epoch)
        == Augmentation(
          rotationDegrees: 4, shiftPixels: 0.5, scale: 0.05, shear: 0.1, elasticPixels: 0.25))
  }
}
