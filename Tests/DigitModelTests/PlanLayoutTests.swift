import DigitKernels
import DigitModel
import Testing

/// Layouts for invented instruction sets: none of these tests runs a kernel.
@Suite struct PlanLayoutTests {
  @Test(arguments: Case.all, [1, 7, 64])
  func `each step reads what the one before wrote, and writes elsewhere or in place`(
    layoutCase: Case, maximumBatch: Int
  ) throws {
    let layout = try layoutCase.layout(maximumBatch: maximumBatch)
    let steps = layout.mapSteps + layout.vectorSteps
    var current = layout.pixels.region
    for (index, step) in steps.enumerated() {
      guard let (source, target) = step.regions else { continue }
      #expect(source == current, "step \(index) reads elsewhere: \(step)")
      if step.continuesLayer {
        #expect(target == steps[index - 1].regions?.target)
      } else if target != source {
        let (read, written) = (
          layout.memory(of: source, maximumBatch), layout.memory(of: target, maximumBatch)
        )
        #expect(!read.overlaps(written), "\(step)")
      }
      // The parts of a dense layer read the same.
      if !step.isFollowedByPart { current = target }
    }
    #expect(layout.scores == current)
  }

  @Test(arguments: Case.all, [1, 7, 64])
  func `all memory lies in the workspace, and scratch memory apart from maps`(
    layoutCase: Case, maximumBatch: Int
  ) throws {
    let layout = try layoutCase.layout(maximumBatch: maximumBatch)
    #expect((1...maximumBatch).contains(layout.groupCount))
    let workspace = 0..<layout.floatCount
    for step in layout.mapSteps + layout.vectorSteps {
      guard let (source, target) = step.regions else { continue }
      for region in [source, target] {
        let memory = layout.memory(of: region, maximumBatch)
        #expect(workspace.clamped(to: memory) == memory, "\(step)")
        if let scratch = step.scratch { #expect(!memory.contains(scratch), "\(step)") }
      }
    }
    if let list = layout.pixelList {
      // Two floats hold an address.
      #expect(list + 2 * maximumBatch <= layout.floatCount)
      #expect(!layout.memory(of: layout.scores, maximumBatch).contains(list))
    }
  }

  @Test(arguments: Case.all)
  func `parts of a dense layer cover its inputs one after another`(layoutCase: Case) throws {
    let layout = try layoutCase.layout()
    var next = 0
    for case .dense(let dense) in layout.vectorSteps {
      #expect(dense.part.lowerBound == next)
      #expect(dense.element == nil ? dense.part.count <= 1_024 : dense.isFirst && dense.isLast)
      next = dense.isLast ? 0 : dense.part.upperBound
    }
    #expect(next == 0)
  }

  @Test(arguments: Case.all)
  func `windows stay within the padded map and results within the target`(
    layoutCase: Case
  ) throws {
    let layout = try layoutCase.layout(maximumBatch: 2)
    for case .convolution(let convolution) in layout.mapSteps {
      let (source, target) = (convolution.source, convolution.target)
      let (inputs, outputs) = convolution.rowOffsets(groupCount: 1)
      #expect(inputs.count == outputs.count * (convolution.poolsByTwo ? 4 : 1))
      let size = convolution.window.size
      let span = (size - 1) * source.layout.rowStride + size * source.layout.channels
      #expect(inputs.allSatisfy { $0 >= 0 && $0 + span <= source.layout.count })
      #expect(outputs.allSatisfy { $0 >= 0 && $0 + target.layout.channels <= target.layout.count })
      #expect(Set(outputs).count == target.layout.height * target.layout.width)
    }
  }

  @Test func `two dense layers take turns in two regions of vectors`() throws {
    let layout = try Case(Sample.mlp, .float32).layout(maximumBatch: 2)
    #expect(layout.mapSteps.isEmpty)
    // Two maps of two images, of 784 floats each, and 16 floats of scratch that nobody uses.
    #expect(layout.pixels.region == Region(start: 3_152, imageStride: 784, holdsBatch: true))
    #expect(
      layout.vectorSteps.map(\.text) == [
        "dense 784 → 50, 3152 → 4720, zeros passed over, shared ones too",
        "dense 50 → 50, 4720 → 4848", "dense 50 → 10, 4848 → 4720", "sigmoid, 4720",
      ])
    #expect(layout.scores == Region(start: 4_720, imageStride: 16, holdsBatch: true))
    #expect(layout.floatCount == 4_976)
  }

  @Test func `a network of convolutions alternates between two maps`() throws {
    let layout = try Case(Sample.cnn, .float32).layout(maximumBatch: 64)
    #expect(layout.groupCount == 2)
    #expect(
      layout.mapSteps.map(\.text) == [
        "convolution 28×28×1 → 26×26×32, 0 → 43264",
        "convolution 26×26×32 → 12×12×64, pooled, in tiles, 43264 → 109312",
      ])
    #expect(
      layout.vectorSteps.map(\.text).prefix(2) == [
        "dense 0..<512 of 9216 → 128, 109312 → 700160, zeros passed over",
        "dense 512..<1024 of 9216 → 128, 109312 → 700160, zeros passed over",
      ])
  }

  @Test func `only what reads pixels passes over zeros that images share`() throws {
    let direct = try Case(Sample.mlp, .float32).layout().dense
    #expect(direct.map(\.skipsSharedZeros) == [true, false, false])
    // A norm comes first, so that no pixel stays zero.
    let scaled = try Case(Sample.wide, .float32).layout().dense
    #expect(scaled.map(\.skipsZeros) == [false])
    // The features that a convolution rectified are zero here and there.
    let features = try Case(Sample.cnn, .float32).layout().dense
    #expect(features.dropLast().allSatisfy { $0.skipsZeros && !$0.skipsSharedZeros })
  }

  @Test func `only bytes are read where the pixels lie, and only in whole groups`() throws {
    #expect(try Case(Sample.mlp, .int8).layout().pixelList != nil)
    #expect(try Case(Sample.mlp, .bfloat16).layout().pixelList == nil)
    #expect(try Case(Sample.mlp, .float32).layout().pixelList == nil)
    #expect(try Case(Sample.cnn, .int8).layout().pixelList == nil)
    #expect(try Case(Sample.wide, .int8).layout().pixelList == nil)
    let odd = try Case(try Sample.square(9).network, .int8).layout()
    #expect(odd.pixelList == nil)
    let even = try Case(try Sample.square(8).network, .int8).layout()
    #expect(even.pixelList == even.dense[0].pixelList)
    #expect(even.pixelList != nil)
  }

  @Test(arguments: [.bfloat16, .int8] as [Precision])
  func `without instructions for a precision the layout is that of float32`(
    precision: Precision
  ) throws {
    let packing = WeightPacking(panels: WeightPacking.wide.panels, winograd: .wide)
    for network in Sample.all where network.members.isEmpty {
      let model = try Case(network, precision).model()
      let layout = try model.layout(in: precision, packing: packing, maximumBatch: 64)
      let floats = try model.layout(in: .float32, packing: packing, maximumBatch: 64)
      #expect(layout == floats)
      #expect(layout.pixels.layout.format == nil)
    }
  }
}

/// A network in a precision, for an instruction set.
struct Case: Sendable, CustomTestStringConvertible {
  var network: Network
  var precision: Precision
  var packing: WeightPacking

  init(_ network: Network, _ precision: Precision, _ packing: WeightPacking = .wide) {
    self.network = network
    self.precision = precision
    self.packing = packing
  }

  static let all = Sample.all.filter(\.members.isEmpty).flatMap { network in
    Precision.allCases.map { Case(network, $0) } + [Case(network, .float32, .small)]
  }

  var testDescription: String {
    "\(network.name) \(precision.rawValue), vectors of \(packing.panels.vectorWidth)"
  }

  func layout(maximumBatch: Int = 64) throws -> PlanLayout {
    try model().layout(in: precision, packing: packing, maximumBatch: maximumBatch)
  }

  /// Weights of noise; every input as bytes of one scale.
  func model() throws -> Model {
    var model = try Sample.model(network)
    guard precision != .float32 else { return model }
    let productCount = network.layers.count {
      switch $0 {
      case .convolution, .dense: true
      case .batchNormalization, .pooling, .dropout, .flatten, .activation: false
      }
    }
    let scale = Quantization(scale: 0.01, zeroPoint: 0)
    try model.setCalibration(
      PrecisionCalibration(
        inputs: [Array(repeating: scale, count: productCount)],
        gate: PrecisionCalibration.Gate(imageCount: 1, agreeing: 1)), for: precision)
    return model
  }
}

extension WeightPacking {
  /// As vectors of 16 floats have it.
  static let wide = WeightPacking(
    panels: PanelLayout(vectorWidth: 16), winograd: .wide,
    int8: Quantized(
      panels: NarrowLayout(element: .uint8, vectorWidth: 16),
      winograd: NarrowWinogradLayout(
        element: .uint8, lineChannels: 32, tileCount: 6, blockWidth: 64)),
    bf16: Quantized(
      panels: NarrowLayout(element: .bfloat16, vectorWidth: 16),
      winograd: NarrowWinogradLayout(
        element: .bfloat16, lineChannels: 16, tileCount: 6, blockWidth: 64)))

  /// As vectors of 4 floats have it.
  static let small = WeightPacking(
    panels: PanelLayout(vectorWidth: 4),
    winograd: WinogradLayout(vectorWidth: 4, tileCount: 6, wideVectors: 2, tailVectors: 1))
}

extension WinogradLayout {
  static let wide = WinogradLayout(
    vectorWidth: 16, tileCount: 6, wideVectors: 4, tailVectors: 2)
}

extension PlanLayout {
  fileprivate var dense: [DenseLayout] {
    vectorSteps.compactMap { if case .dense(let dense) = $0 { dense } else { nil } }
  }

  /// The bytes of a region, in floats from the start of the workspace, if each element took four.
  fileprivate func memory(of region: Region, _ maximumBatch: Int) -> Range<Int> {
    let count = region.holdsBatch ? maximumBatch : groupCount
    return region.start..<region.start + count * region.imageStride
  }
}

extension StepLayout {
  /// What the step reads and writes; nil for one that only clears a halo.
  fileprivate var regions: (source: Region, target: Region)? {
    switch self {
    case .clearHalo: nil
    case .convolution(let convolution): (convolution.source.region, convolution.target.region)
    case .dense(let dense): (dense.source, dense.target)
    case .pooling(_, let source, let target), .quantizing(let source, let target):
      (source.region, target.region)
    case .scaling(_, let map), .curve(_, let map): (map.region, map.region)
    }
  }

  fileprivate var scratch: Int? {
    if case .convolution(let convolution) = self, case .tiles(let scratch) = convolution.method {
      scratch
    } else {
      nil
    }
  }

  fileprivate var continuesLayer: Bool {
    if case .dense(let dense) = self { !dense.isFirst } else { false }
  }

  fileprivate var isFollowedByPart: Bool {
    if case .dense(let dense) = self { !dense.isLast } else { false }
  }

  fileprivate var text: String {
    switch self {
    case .clearHalo(let map): "halo of \(map.layout.halo), \(map.region.start)"
    case .convolution(let convolution):
      "convolution \(convolution.source.layout.text) → \(convolution.target.layout.text), "
        + (convolution.poolsByTwo ? "pooled, " : "") + (scratch == nil ? "" : "in tiles, ")
        + "\(convolution.source.region.start) → \(convolution.target.region.start)"
    case .dense(let dense):
      "dense \(dense.isFirst && dense.isLast ? "" : "\(dense.part) of ")\(dense.depth) → "
        + "\(dense.columns), \(dense.source.start) → \(dense.target.start)"
        + (dense.skipsZeros ? ", zeros passed over" : "")
        + (dense.skipsSharedZeros ? ", shared ones too" : "")
    case .pooling(_, let source, let target):
      "pooling \(source.layout.text) → \(target.layout.text)"
    case .scaling(let stage, let map): "scaling of stage \(stage), \(map.region.start)"
    case .curve(let curve, let map): "\(curve), \(map.region.start)"
    case .quantizing(let source, let target):
      "quantizing, \(source.region.start) → \(target.region.start)"
    }
  }
}

extension MapLayout {
  fileprivate var text: String { "\(height)×\(width)×\(channels)" }
}
