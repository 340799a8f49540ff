import DigitModel
import Foundation

/// Turns bytes into a network's input, changed at random where an augmentation asks for it.
package struct ImageLoader: Sendable {
  let input: Network.Input
  let augmentation: Augmentation
  private let elastic: ElasticField

  package init(input: Network.Input, augmentation: Augmentation) {
    self.input = input
    self.augmentation = augmentation
    elastic = ElasticField(height: input.height, width: input.width)
  }

  private var pixelCount: Int { input.height * input.width }
  /// The factor and offset that take a byte to (ink − mean) / standardDeviation; to ink, 0…1, where
  /// that is conditioned first.
  private var factor: Float { conditions ? 1 / 255 : 1 / (255 * input.standardDeviation) }
  private var offset: Float { conditions ? 0 : -input.mean / input.standardDeviation }
  private var conditions: Bool { input.conditioning != .none }

  /// Writes height × width floats, unchanged but for the network's normalization.
  package func load(_ image: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<Float>) {
    let (factor, offset) = (factor, offset)
    for index in 0..<pixelCount { target[index] = Float(image[index]) * factor + offset }
    if conditions { condition(target) }
  }

  /// What a plan does to an image of its own before the normalization, and that.
  private func condition(_ target: UnsafeMutablePointer<Float>) {
    let line = ContrastLine(floats: target, height: input.height, width: input.width)
    let (mean, deviation) = (input.mean, input.standardDeviation)
    for index in 0..<pixelCount {
      target[index] = (line.apply(target[index]) - mean) / deviation
    }
  }

  /// What was loaded in an image's place.
  package enum Content: Equatable, Sendable { case digit, outlier }

  /// The same, after changes drawn from the image's own seed.
  @discardableResult
  package func loadAugmented(
    _ image: UnsafePointer<UInt8>, seed: UInt64, into target: UnsafeMutablePointer<Float>
  ) -> Content {
    guard augmentation != .none else {
      load(image, into: target)
      return .digit
    }
    guard augmentation.isLarge else {
      place(image, seed: seed, stretch: (1, 1), into: target, factor: factor, offset: offset)
      if conditions { condition(target) }
      return .digit
    }
    // Small changes are the same with and without large ones.
    var random = RandomSource(seed: RandomSource.seed(seed, Self.largeChanges))
    let content: Content = random.unitFloat() < augmentation.outliers ? .outlier : .digit
    let isStretched = random.unitFloat() < augmentation.style
    let stretch = isStretched ? StyleChange.stretch(&random) : (1, 1)
    place(image, seed: seed, stretch: stretch, into: target, factor: 1 / 255, offset: 0)
    let ink = InkImage(height: input.height, width: input.width, copying: target)
    let changed =
      switch content {
      case .digit: restyled(ink, &random)
      case .outlier:
        Outlier.allCases[random.index(below: Outlier.allCases.count)].draw(over: ink, &random)
      }
    let (mean, deviation) = conditions ? (0, 1) : (input.mean, input.standardDeviation)
    for index in 0..<pixelCount { target[index] = (changed.pixels[index] - mean) / deviation }
    if conditions { condition(target) }
    return content
  }

  /// What large changes draw from, beside the small ones.
  private static let largeChanges: UInt64 = 0x6c61_7267

  private func restyled(_ image: InkImage, _ random: inout RandomSource) -> InkImage {
    var image = image
    if random.unitFloat() < augmentation.farShift {
      let most = Augmentation.farShiftPixelsMax
      let shift = (0..<2).map { _ in random.index(below: 2 * most + 1) - most }
      image = image.shifted(x: shift[0], y: shift[1])
    }
    for change in StyleChange.allCases where random.unitFloat() < augmentation.style {
      image = change.apply(to: image, &random)
    }
    return image
  }

  /// Writes the image with its small changes, and stretched.
  private func place(
    _ image: UnsafePointer<UInt8>, seed: UInt64, stretch: (x: Float, y: Float),
    into target: UnsafeMutablePointer<Float>, factor: Float, offset: Float
  ) {
    var random = RandomSource(seed: seed)
    let map = inverseMap(&random).stretched(by: stretch, about: centre)
    guard augmentation.elasticPixels > 0 else {
      fill(target, factor, offset) { x, y in sample(image, x: map.x(x, y), y: map.y(x, y)) }
      return
    }
    elastic.withDisplacements(deviation: augmentation.elasticPixels, &random) { across, down in
      fill(target, factor, offset) { x, y in
        let pixel = Int(y) * input.width + Int(x)
        return sample(image, x: map.x(x, y) + across[pixel], y: map.y(x, y) + down[pixel])
      }
    }
  }

  @inline(__always)
  private func fill(
    _ target: UnsafeMutablePointer<Float>, _ factor: Float, _ offset: Float,
    _ ink: (Float, Float) -> Float
  ) {
    for y in 0..<input.height {
      for x in 0..<input.width {
        target[y * input.width + x] = ink(Float(x), Float(y)) * factor + offset
      }
    }
  }

  private var centre: (x: Float, y: Float) {
    (Float(input.width - 1) / 2, Float(input.height - 1) / 2)
  }

  /// Where a pixel of the changed image comes from: (a x + b y + x₀, c x + d y + y₀).
  private struct AffineMap {
    var a: Float
    var b: Float
    var x: Float
    var c: Float
    var d: Float
    var y: Float

    @inline(__always)
    func x(_ x: Float, _ y: Float) -> Float { a * x + b * y + self.x }

    @inline(__always)
    func y(_ x: Float, _ y: Float) -> Float { c * x + d * y + self.y }

    /// Of the image that is then stretched.
    func stretched(by factors: (x: Float, y: Float), about centre: (x: Float, y: Float)) -> Self {
      guard factors != (1, 1) else { return self }
      var map = self
      map.a = a / factors.x
      map.b = b / factors.y
      map.c = c / factors.x
      map.d = d / factors.y
      map.x += (a - map.a) * centre.x + (b - map.b) * centre.y
      map.y += (c - map.c) * centre.x + (d - map.d) * centre.y
      return map
    }
  }

  /// The inverse of: shear, rotate and scale about the centre, then shift.
  private func inverseMap(_ random: inout RandomSource) -> AffineMap {
    let angle = random.float(within: augmentation.rotationDegrees) * .pi / 180
    let scale = 1 / (1 + random.float(within: augmentation.scale))
    let shiftX = random.float(within: augmentation.shiftPixels)
    let shiftY = random.float(within: augmentation.shiftPixels)
    let (cosine, sine) = (cos(angle) * scale, sin(angle) * scale)
    let (centreX, centreY) = centre
    let (originX, originY) = (centreX + shiftX, centreY + shiftY)
    var map = AffineMap(
      a: cosine, b: sine, x: centreX - cosine * originX - sine * originY,
      c: -sine, d: cosine, y: centreY + sine * originX - cosine * originY)
    guard augmentation.shear > 0 else { return map }
    let shear = random.float(within: augmentation.shear)
    map.a += shear * map.c
    map.b += shear * map.d
    map.x += shear * (map.y - centreY)
    return map
  }

  /// Bilinear interpolation; zero beyond the edges.
  private func sample(_ image: UnsafePointer<UInt8>, x: Float, y: Float) -> Float {
    guard x > -1, y > -1, x < Float(input.width), y < Float(input.height) else { return 0 }
    // Truncation of a positive number is its floor, and needs no call.
    let (left, top) = (Int(x + 1) - 1, Int(y + 1) - 1)
    let (right, down) = (x - Float(left), y - Float(top))
    let upper =
      pixel(image, left, top) * (1 - right) + pixel(image, left + 1, top) * right
    let lower =
      pixel(image, left, top + 1) * (1 - right) + pixel(image, left + 1, top + 1) * right
    return upper * (1 - down) + lower * down
  }

  private func pixel(_ image: UnsafePointer<UInt8>, _ x: Int, _ y: Int) -> Float {
    guard x >= 0, y >= 0, x < input.width, y < input.height else { return 0 }
    return Float(image[y * input.width + x])
  }
}
