import DigitModel
import Testing

@Suite struct ConditioningTests {
  /// A ring of ink of this level on ground of that, 28 × 28.
  private func ring(ink: UInt8, on ground: UInt8) -> [UInt8] {
    var pixels = [UInt8](repeating: ground, count: 784)
    for y in 6..<22 {
      for x in 8..<20 where y < 9 || y > 18 || x < 11 || x > 16 { pixels[y * 28 + x] = ink }
    }
    return pixels
  }

  private func line(_ pixels: [UInt8]) -> ContrastLine {
    ContrastLine(bytes: pixels, height: 28, width: 28)
  }

  @Test(arguments: [(255, 0), (0, 255), (200, 100), (100, 200), (20, 10), (90, 220)])
  func `any digit on any ground becomes one on zero`(ink: UInt8, ground: UInt8) {
    let pixels = ring(ink: ink, on: ground)
    let conditioned = pixels.map { line(pixels).apply(Float($0) / 255) }
    let expected = pixels.map { $0 == ink ? Float(1) : 0 }
    #expect(zip(conditioned, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func `what has full contrast stays as it is`() {
    let pixels = ring(ink: 255, on: 0)
    #expect(line(pixels).ground == 0)
    #expect(line(pixels).range == 1)
  }

  @Test(arguments: [0, 7, 128, 255] as [UInt8])
  func `an empty image becomes nothing, and noise is not drawn out`(ground: UInt8) {
    let blank = [UInt8](repeating: ground, count: 784)
    #expect(blank.allSatisfy { line(blank).apply(Float($0) / 255) == 0 })
    var noisy = blank
    for index in stride(from: 0, to: 784, by: 3) { noisy[index] = min(ground, 253) + 2 }
    #expect(noisy.allSatisfy { line(noisy).apply(Float($0) / 255) <= 0.25 + 1e-6 })
  }

  @Test func `a few bright specks are not taken for the digit`() {
    var pixels = ring(ink: 120, on: 20)
    for index in [400, 401, 402] { pixels[index] = 255 }
    #expect(line(pixels).ground + line(pixels).range == 120.0 / 255)
  }

  @Test(arguments: Computation.all, Self.networks)
  func `a raw image is taken as it is`(computation: Computation, network: Network) throws {
    let model = try computation.calibrated(try Sample.model(network))
    var plain = model
    plain.network.input.conditioning = .none
    let faint = ring(ink: 150, on: 60)
    let (own, expected) = (try computation.plan(of: model), try computation.plan(of: plain))
    #expect(probabilities(own, faint, isRaw: true) == expected.classify(faint))
    #expect(probabilities(own, faint, isRaw: false) != expected.classify(faint))
    #expect(own.isConditioned)
    #expect(!expected.isConditioned)
  }

  private static let networks = [Sample.conditioned, Sample.conditionedVectors]

  @Test(arguments: Computation.all, Self.networks)
  func `a plan keeps ink within nothing and all`(
    computation: Computation, network: Network
  ) throws {
    let model = try Sample.model(network)
    let plan = try computation.plan(network)
    var specks = ring(ink: 120, on: 20)
    for index in [400, 401, 402, 500] { specks[index] = 255 }
    var spots = ring(ink: 220, on: 60)
    for index in stride(from: 3, to: 784, by: 11) where spots[index] == 60 { spots[index] = 0 }
    for pixels in [specks, spots, specks.map { 255 - $0 }, spots.map { 255 - $0 }] {
      let expected = model.evaluateReference(pixels.map { Float($0) / 255 })
      #expect(
        largestDifference(probabilities(plan, pixels, isRaw: false), expected)
          < computation.tolerance)
    }
  }

  private func probabilities(_ plan: Plan, _ pixels: [UInt8], isRaw: Bool) -> [Float] {
    let workspace = Workspace(byteCount: plan.workspaceByteCount)
    return [Float](unsafeUninitializedCapacity: plan.classCount) { result, count in
      pixels.withUnsafeBytes { pixels in
        let task = InferenceTask(
          pixels: pixels.baseAddress!, pixelType: .uint8, isRaw: isRaw,
          probabilities: result.baseAddress!)
        withUnsafePointer(to: task) {
          plan.run(UnsafeBufferPointer(start: $0, count: 1), workspace: workspace)
        }
      }
      count = plan.classCount
    }
  }
}
