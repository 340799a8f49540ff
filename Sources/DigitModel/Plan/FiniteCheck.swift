import DigitKernels

extension Plan {
  /// Runs a few fixed images, as bytes and as floats, and looks at what every product reads and at
  /// the scores.
  ///
  /// - Throws: `ModelError.overflow` where a value is NaN or infinite. Weights that are finite, one
  ///   by one, may still make sums that are not.
  func checkFinite() throws(ModelError) {
    let workspace = Workspace(byteCount: workspaceByteCount)
    // What was there before is no result: a halo or a row's end must not look like one.
    workspace.memory.update(repeating: 0, count: workspaceByteCount / 4)
    for image in TestImage.allCases {
      let bytes = image.pixels(count: pixelCount)
      try check(image, bytes, .uint8, workspace)
      try check(image, bytes.map { Float($0) / 255 }, .float32, workspace)
    }
  }

  private func check<Pixel>(
    _ image: TestImage, _ pixels: [Pixel], _ type: PixelType, _ workspace: Workspace
  ) throws(ModelError) {
    var observer = FiniteObserver()
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

/// Finds the first product that reads a value which is not finite.
private struct FiniteObserver: StepObserver {
  /// Such as "the values that 'dense 50 → 10' reads are".
  private(set) var finding: String?

  mutating func began(member: Int) {}
  mutating func ended(_ step: Int) {}

  mutating func begins(
    _ step: Step, _ memory: UnsafeMutablePointer<Float>, images: Range<Int>
  ) {
    guard finding == nil, let input = step.step.productInput,
      !images.allSatisfy({ input.isFinite(of: $0, in: images, memory) })
    else { return }
    finding = "the values that '\(step.step.work?.name ?? "a layer")' reads are"
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
