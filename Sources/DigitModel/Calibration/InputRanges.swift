import DigitKernels

/// Looks at what the products of a plan in float32 read, to find out how to keep it as bytes.
///
/// Twice over the same images: first for the extremes, then for how often which values occur.
package struct InputRanges {
  /// Of one product's input.
  fileprivate struct Input {
    var lowest: Float = 0
    var highest: Float = 0
    /// Of the values between the extremes but zero, which a byte keeps exactly.
    var counts: [Int] = []

    static let binCount = 2_048
  }

  /// By member and product.
  fileprivate var inputs: [[Input]]
  private var isCounting = false
  // Where the run is.
  private var member = 0
  private var product = 0

  private init(productCounts: [Int]) {
    inputs = productCounts.map { Array(repeating: Input(), count: $0) }
  }

  /// How each product's input is best kept, by member.
  ///
  /// - Parameter pixels: images × `pixelCount` bytes of ink 0…255, such as the network was trained
  ///   on.
  package static func quantizations(
    of model: Model, pixels: [UInt8], kernels: KernelTable = .chosen
  ) throws(ModelError) -> [[Quantization]] {
    let plan = try Plan(model, kernels: kernels).ofEveryMember
    var ranges = InputRanges(productCounts: try model.productCounts())
    plan.classify(pixels, &ranges)
    guard ranges.inputs.joined().allSatisfy({ ($0.highest - $0.lowest).isFinite }) else {
      throw .unsuitable(.int8, "the inputs of a layer span an infinite range")
    }
    ranges.beginCounting()
    plan.classify(pixels, &ranges)
    return ranges.inputs.map { $0.map(\.best) }
  }

  private mutating func beginCounting() {
    isCounting = true
    for member in inputs.indices {
      for product in inputs[member].indices {
        inputs[member][product].counts = Array(repeating: 0, count: Input.binCount)
      }
    }
  }
}

extension InputRanges: StepObserver {
  mutating func began(member: Int) {
    self.member = member
    product = 0
  }

  mutating func ended(_ step: Int) {
    // The first step of a group: its map products begin anew.
    if step == 0 { product = 0 }
  }

  mutating func begins(
    _ step: Step, _ memory: UnsafeMutablePointer<Float>, images: Range<Int>
  ) {
    guard let input = step.step.productInput, input.element == nil else { return }
    for image in images {
      let values = UnsafeBufferPointer(
        start: input.region.floats(of: image, in: images, memory), count: input.count)
      inputs[member][product].note(values, isCounting: isCounting)
    }
    product += 1
  }
}

extension InputRanges.Input {
  mutating func note(_ values: UnsafeBufferPointer<Float>, isCounting: Bool) {
    guard isCounting else {
      for value in values { (lowest, highest) = (min(lowest, value), max(highest, value)) }
      return
    }
    // In double, so that the quotient is within the bins however small the range.
    let binsPerUnit = Double(Self.binCount) / Double(max(highest - lowest, .leastNormalMagnitude))
    for value in values where value != 0 {
      let bin = (Double(value) - Double(lowest)) * binsPerUnit
      counts[Int(min(Double(Self.binCount - 1), max(0, bin)))] += 1
    }
  }

  /// The range, out of some fractions of the extremes, whose bytes err least by their squares: few
  /// outliers are not worth coarser steps for all others.
  var best: Quantization {
    let candidates = (0..<80).map { quantization(fraction: 1 - Float($0) / 100) }
    let errors = candidates.map(squaredError)
    let least = errors.indices.min { errors[$0] < errors[$1] }
    return candidates[least ?? 0]
  }

  private func quantization(fraction: Float) -> Quantization {
    let (low, high) = (lowest * fraction, highest * fraction)
    let scale = (high - low) / 255
    guard scale >= .leastNormalMagnitude else { return Quantization(scale: 1, zeroPoint: 0) }
    return Quantization(
      scale: scale, zeroPoint: UInt8(min(255, max(0, (-low / scale).rounded()))))
  }

  private func squaredError(_ quantization: Quantization) -> Double {
    let width = (highest - lowest) / Float(Self.binCount)
    let zero = Float(quantization.zeroPoint)
    let rounding = Double(quantization.scale * quantization.scale) / 12
    return counts.indices.reduce(0) { sum, bin in
      let value = lowest + (Float(bin) + 0.5) * width
      let byte = value / quantization.scale + zero
      let beyond = Double(quantization.scale * max(0, max(byte - 255, -byte)))
      return sum + Double(counts[bin]) * (beyond > 0 ? beyond * beyond : rounding)
    }
  }
}
