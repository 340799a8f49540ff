import DigitKernels

extension Plan {
  /// Runs a few fixed images, as bytes and as floats, and looks at what every product reads and at
  /// the scores.
  ///
  /// - Throws: `ModelError.overflow` where a value is NaN or infinite. Weights that are finite, one
  ///   by one, may still make sums that are not. `ModelError.badCalibration` where bytes that a
  ///   product reads are at the ends of their range only: whatever the image, it reads the same.
  func checkFinite() throws(ModelError) {
    let workspace = Workspace(byteCount: workspaceByteCount)
    // What was there before is no result: a halo or a row's end must not look like one.
    workspace.memory.update(repeating: 0, count: workspaceByteCount / 4)
    var observer = ValueObserver()
    for image in TestImage.allCases {
      let bytes = image.pixels(count: pixelCount)
      try check(image, bytes, .uint8, workspace, &observer)
      try check(image, bytes.map { Float($0) / 255 }, .float32, workspace, &observer)
    }
    if let name = observer.saturated {
      throw .badCalibration(
        precision,
        "all that '\(name)' reads is at the ends of the range of a byte; calibrate it "
          + "again")
    }
  }

  private func check<Pixel>(
    _ image: TestImage, _ pixels: [Pixel], _ type: PixelType, _ workspace: Workspace,
    _ observer: inout ValueObserver
  ) throws(ModelError) {
    var probabilities = [Float](repeating: 0, count: classCount)
    for isRaw in isConditioned ? [false, true] : [false] {
      pixels.withUnsafeBytes { pixels in
        probabilities.withUnsafeMutableBufferPointer { probabilities in
          guard let source = pixels.baseAddress, let target = probabilities.baseAddress else {
            return
          }
          let task = InferenceTask(
            pixels: source, pixelType: type, isRaw: isRaw, probabilities: target)
          withUnsafePointer(to: task) {
            run(UnsafeBufferPointer(start: $0, count: 1), workspace, &observer)
          }
        }
      }
      let finding =
        observer.finding ?? (probabilities.allSatisfy(\.isFinite) ? nil : "the scores are")
      if let finding {
        throw .overflow(
          name: network.name, precision, image: image.description, where: finding)
      }
    }
  }
}

/// The images that every model must read without overflow.
private enum TestImage: CaseIterable, CustomStringConvertible {
  case blank, full, noise

  func pixels(count: Int) -> [UInt8] {
    switch self {
    case .blank: [UInt8](repeating: 0, count: count)
    case .full: [UInt8](repeating: 255, count: count)
    case .noise: (0..<count).map { UInt8(truncatingIfNeeded: ($0 &+ 1) &* 2_654_435_761 >> 13) }
    }
  }

  var description: String {
    switch self {
    case .blank: "a blank image"
    case .full: "an image that is all ink"
    case .noise: "an image of noise"
    }
  }
}

/// Finds the first product that reads a value which is not finite, and what bytes each reads.
private struct ValueObserver: StepObserver {
  /// Such as "the values that 'dense 50 → 10' reads are".
  private(set) var finding: String?
  /// By member, then by product.
  private var bytes: [[BytesRead]] = []
  private var member = 0
  private var product = 0

  /// The first product that reads bytes at the ends of their range only.
  var saturated: String? { bytes.joined().first(where: \.onlySaturate)?.name }

  mutating func began(member: Int) {
    (self.member, product) = (member, 0)
    if bytes.count == member { bytes.append([]) }
  }

  mutating func ended(_ step: Int) {}

  mutating func begins(
    _ step: Step, _ memory: UnsafeMutablePointer<Float>, images: Range<Int>
  ) {
    guard let input = step.step.productInput else { return }
    let name = step.step.work?.name ?? "a layer"
    if finding == nil, !images.allSatisfy({ input.isFinite(of: $0, in: images, memory) }) {
      finding = "the values that '\(name)' reads are"
    }
    if bytes[member].count == product { bytes[member].append(BytesRead(name: name)) }
    if input.element == .uint8 {
      for image in images { bytes[member][product].note(input, of: image, in: images, memory) }
    }
    product += 1
  }
}

/// Which bytes a product has read.
private struct BytesRead {
  let name: String
  private var isSeen = [Bool](repeating: false, count: 256)

  /// So few may well be at the ends for every image.
  private static let countMin = 16

  init(name: String) { self.name = name }

  /// The one between the ends that may be there is that of zero.
  var onlySaturate: Bool { isSeen[255] && isSeen[1..<255].count(where: \.self) <= 1 }

  mutating func note(
    _ input: ProductInput, of image: Int, in images: Range<Int>,
    _ memory: UnsafeMutablePointer<Float>
  ) {
    guard input.count >= Self.countMin else { return }
    let bytes = input.region.elements(of: image, in: images, memory, .uint8)
      .assumingMemoryBound(to: UInt8.self)
    for index in 0..<input.count { isSeen[Int(bytes[index])] = true }
  }
}

extension ProductInput {
  fileprivate func isFinite(
    of image: Int, in images: Range<Int>, _ memory: UnsafeMutablePointer<Float>
  ) -> Bool {
    switch element {
    case .uint8: return true
    case .bfloat16:
      let bits = region.elements(of: image, in: images, memory, .bfloat16)
        .assumingMemoryBound(to: UInt16.self)
      return (0..<count).allSatisfy { bits[$0] & 0x7f80 != 0x7f80 }
    case nil:
      let floats = region.floats(of: image, in: images, memory)
      return (0..<count).allSatisfy { floats[$0].isFinite }
    }
  }
}

extension Model {
  /// Follows the largest magnitude that any ink of 0…1 can come to from layer to layer. Kernels
  /// may pass over a NaN, for pooling keeps the greatest; where no sum can overflow there is none.
  ///
  /// - Throws: `ModelError.overflow` where a sum may.
  func checkMagnitudes(in precision: Precision) throws(ModelError) {
    for member in memberModels {
      let input = member.network.input
      let deviation = Double(input.standardDeviation)
      let mean = Double(input.mean)
      var magnitude = max(abs(mean), abs(1 - mean)) / deviation
      for stage in try member.stages().stages {
        magnitude = stage.magnitude(after: magnitude)
        guard magnitude < Self.magnitudeMax else {
          throw .overflow(
            name: network.name, precision, image: "some image",
            where: "the sums of \(stage.name) may be")
        }
      }
    }
  }

  /// With room for what Winograd's transforms add up.
  private static let magnitudeMax = Double(Float.greatestFiniteMagnitude) / 1e4
}

extension Stage {
  fileprivate var name: String {
    switch self {
    case .product(let product):
      product.convolution.map { "a convolution of \($0.filters) filters" }
        ?? "a dense layer of \(product.columns)"
    case .scaling: "a batch normalization"
    case .pooling, .curve, .flatten, .quantizing: "a layer"
    }
  }

  /// The largest magnitude of results, where that of what is read is `magnitude`.
  fileprivate func magnitude(after magnitude: Double) -> Double {
    switch self {
    case .product(let product):
      var sums = product.bias.map { Double(abs($0)) }
      for (index, weight) in product.weights.enumerated() {
        sums[index % product.columns] += magnitude * Double(abs(weight))
      }
      return sums.max() ?? 0
    case .scaling(let scale, let shift):
      return zip(scale, shift).map { magnitude * Double(abs($0)) + Double(abs($1)) }.max() ?? 0
    case .curve(.tanh), .curve(.sigmoid): return min(magnitude, 1)
    case .curve(.relu), .pooling, .flatten, .quantizing: return magnitude
    }
  }
}
