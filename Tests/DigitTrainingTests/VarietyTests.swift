import DigitFiles
import DigitModel
import DigitTraining
import Foundation
import Testing

/// An upright bar of ink, 4 wide and 16 high, in the middle of 28 × 28.
private let bar: InkImage = {
  var image = InkImage(height: 28, width: 28)
  for y in 6..<22 { for x in 12..<16 { image[x, y] = 1 } }
  return image
}()

private func sum(_ image: InkImage) -> Float { image.pixels.reduce(0, +) }

@Suite struct StyleChangeTests {
  @Test(arguments: [(1, 64 + 2 * 16 + 2 * 4), (-1, 2 * 14), (0, 64)] as [(Float, Int)])
  func `a stroke grows or shrinks by a pixel on each side`(amount: Float, ink: Int) {
    #expect(sum(StyleChange.thickened(bar, by: amount)) == Float(ink))
  }

  @Test func `half a pixel more lies between`() {
    let image = StyleChange.thickened(bar, by: 0.5)
    #expect(image[11, 10] == 0.5 && image[12, 10] == 1)
  }

  @Test func `coarseness keeps the ink and leaves a level for each cell`() {
    let image = StyleChange.coarsened(bar, cells: 9)
    #expect(abs(sum(image) - 64) < 1e-3)
    #expect(Set(image.pixels.map { ($0 * 1_000).rounded() }).count < 9)
    #expect(StyleChange.coarsened(bar, cells: 28) == bar)
  }

  @Test func `a blur keeps the ink, and spreads it`() {
    let image = StyleChange.blurred(bar, deviation: 1)
    #expect(abs(sum(image) - 64) < 1e-3)
    #expect(image[11, 14] > 0.1 && image[13, 14] < 1)
    #expect(image[8, 14] == 0)
  }

  @Test func `noise has its deviation, and stays ink`() {
    var random = RandomSource(seed: 1)
    let grey = InkImage(height: 100, width: 100, ink: 0.5)
    let pixels = StyleChange.noisy(grey, deviation: 0.1, &random).pixels
    let squares = pixels.reduce(Float(0)) { $0 + ($1 - 0.5) * ($1 - 0.5) }
    #expect(abs((squares / 10_000).squareRoot() - 0.1) < 0.005)
    let strong = StyleChange.noisy(bar, deviation: 1, &random)
    #expect(strong.pixels.allSatisfy { 0...1 ~= $0 })
  }

  @Test(arguments: StyleChange.allCases)
  func `a change is decided by chance alone, and leaves ink between 0 and 1`(change: StyleChange) {
    var seen: Set<[Float]> = []
    for seed: UInt64 in 0..<50 {
      var chances = [RandomSource(seed: seed), RandomSource(seed: seed)]
      let images = chances.indices.map { change.apply(to: bar, &chances[$0]) }
      #expect(images[0] == images[1])
      #expect(images[0].pixels.allSatisfy { -1e-6...1.000_001 ~= $0 })
      seen.insert(images[0].pixels)
    }
    // There are seven ways to be coarse.
    #expect(seen.count >= 7)
  }
}

@Suite struct InkImageTests {
  @Test func `a shift goes as far as no ink leaves the image`() {
    let near = bar.shifted(x: 3, y: -2)
    #expect(near[15, 4] == 1 && near[18, 19] == 1 && near[19, 19] == 0 && sum(near) == 64)
    let far = bar.shifted(x: 30, y: -30)
    #expect(far[24, 0] == 1 && far[27, 15] == 1 && sum(far) == 64)
    let paper = InkImage(height: 28, width: 28)
    #expect(paper.shifted(x: 3, y: 3) == paper)
  }

  @Test func `a stroke is as wide as its pen, with soft edges`() {
    var image = InkImage(height: 28, width: 28)
    image.stroke(from: .init(5, 10), to: .init(20, 10), width: 2, ink: 0.8)
    #expect(image[12, 10] == 0.8)
    #expect(abs(image[12, 11] - 0.4) < 1e-6 && image[12, 12] == 0)
    #expect(image[3, 10] == 0 && image[22, 10] == 0)
    // What lies outside is not drawn.
    image.stroke(from: .init(-50, -50), to: .init(-40, 80), width: 3, ink: 1)
    #expect(image.pixels.max() == 0.8)
  }
}

@Suite struct OutlierTests {
  @Test(arguments: Outlier.allCases)
  func `an outlier is drawn by chance alone, and is ink`(kind: Outlier) {
    var seen: [[Float]] = []
    for seed: UInt64 in 0..<30 {
      var chances = [RandomSource(seed: seed), RandomSource(seed: seed)]
      let images = chances.indices.map { kind.draw(over: bar, &chances[$0]) }
      #expect(images[0] == images[1])
      #expect(images[0].pixels.allSatisfy { 0...1 ~= $0 })
      seen.append(images[0].pixels)
    }
    #expect(Set(seen).count > 25)
  }

  @Test func `a jigsaw has the ink of its digit elsewhere`() {
    var random = RandomSource(seed: 4)
    let digit = StyleChange.thickened(bar, by: 1)
    let image = Outlier.jigsaw.draw(over: digit, &random)
    #expect(image != digit && sum(image) > 40)
  }
}

@Suite struct LargeChangeTests {
  private static let small = Augmentation(rotationDegrees: 8, shiftPixels: 1, scale: 0.1)

  private static func with(
    style: Float = 0, farShift: Float = 0, outliers: Float = 0
  ) -> Augmentation {
    var augmentation = small
    augmentation.style = style
    augmentation.farShift = farShift
    augmentation.outliers = outliers
    return augmentation
  }

  private static let digit = bar.pixels.map { UInt8($0 * 255) }

  private static func load(
    _ augmentation: Augmentation, seed: UInt64, input: Network.Input = Network.Input()
  ) -> (ImageLoader.Content, [Float]) {
    var target = [Float](repeating: .nan, count: 784)
    let content = ImageLoader(input: input, augmentation: augmentation)
      .loadAugmented(digit, seed: seed, into: &target)
    return (content, target)
  }

  @Test func `outliers are as many as the recipe says, and the same for a seed`() {
    let augmentation = Self.with(outliers: 0.08)
    let seeds: Range<UInt64> = 0..<4_000
    let contents = seeds.map { Self.load(augmentation, seed: $0).0 }
    #expect(abs(contents.count { $0 == .outlier } - 320) < 60)
    #expect(contents == seeds.map { Self.load(augmentation, seed: $0).0 })
  }

  @Test func `an image that no large change meets is as without them`() {
    let rare = Self.with(style: 0.05, farShift: 0.05, outliers: 0.05)
    let alike = (0..<200 as Range<UInt64>).count { seed in
      let (plain, varied) = (Self.load(Self.small, seed: seed).1, Self.load(rare, seed: seed).1)
      return zip(plain, varied).allSatisfy { abs($0 - $1) < 1e-5 }
    }
    // 0.95 to the power of eight.
    #expect((100...165).contains(alike))
  }

  @Test func `far shifts reach six pixels each way`() {
    let columns = (0..<400 as Range<UInt64>).map { seed in
      let pixels = Self.load(Self.with(farShift: 1), seed: seed).1
      let ink = pixels.reduce(0, +)
      return pixels.indices.reduce(Float(0)) { $0 + Float($1 % 28) * pixels[$1] } / ink
    }
    #expect(columns.max()! > 18.5 && columns.min()! < 8.5)
  }

  @Test(arguments: Conditioning.allCases)
  func `large changes end in what the network takes`(conditioning: Conditioning) {
    var input = Network.Input()
    input.conditioning = conditioning
    (input.mean, input.standardDeviation) = (0.5, 0.25)
    for seed: UInt64 in 0..<100 {
      let pixels = Self.load(Self.with(style: 0.5, outliers: 0.3), seed: seed, input: input).1
      #expect(pixels.allSatisfy { -2.001...2.001 ~= $0 })
    }
  }

  @Test func `the last epochs have smaller small changes and as many large ones`() {
    let halved = Self.with(style: 0.2, farShift: 0.3, outliers: 0.1).halved
    #expect(halved.rotationDegrees == 4)
    #expect(halved.style == 0.2 && halved.farShift == 0.3 && halved.outliers == 0.1)
  }

  @Test func `cards of before are read, and trainings without large changes write the same`() throws
  {
    let old = #"{"elasticPixels":0,"rotationDegrees":8,"scale":0.1,"shear":0,"shiftPixels":1}"#
    #expect(try JSONDecoder().decode(Augmentation.self, from: Data(old.utf8)) == Self.small)
    let written = try JSONDecoder().decode(
      [String: Float].self, from: JSONEncoder().encode(Self.small))
    #expect(written.count == 5)
    let large = Self.with(style: 0.2, farShift: 0.3, outliers: 0.1)
    #expect(
      try JSONDecoder().decode(Augmentation.self, from: JSONEncoder().encode(large)) == large)
  }

  @Test func `a network learns to have no opinion about outliers, and tells of digits alone`()
    throws
  {
    let set = try shippedTrainingSet().prefix(512)
    var recipe = Recipe(epochs: 3, batch: 32, learningRate: 0.003)
    recipe.augmentation.outliers = 0.5
    let network = Network(
      name: "dense", layers: [.flatten, .dense(Dense(units: 10, activation: .softmax))])
    let losses = try [1, 3].map { threads in
      let trainer = try Trainer(network, recipe: recipe, seed: 1, threads: threads)
      let log = try trainer.train(on: set)
      // Of about half of the images, which are digits.
      #expect(log.epochs[2].trainingAccuracy > 0.5)
      return log.epochs[0].trainingLoss
    }
    // The same images whatever the number of threads; sums are rounded otherwise.
    #expect(abs(losses[0] - losses[1]) < 1e-3)
  }

  @Test func `what is not a digit should become as much one as another`() {
    var target = [Float](repeating: .nan, count: 4)
    let targets = SoftTargets(smoothing: 0.1, teacherWeight: 0.9, hasOutliers: true)
    #expect(!SoftTargets(hasOutliers: true).isHard)
    targets.fill(&target, classCount: 4, label: nil, teacher: [1, 0, 0, 0])
    #expect(target == [0.25, 0.25, 0.25, 0.25])
  }
}
