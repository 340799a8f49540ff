import DigitKernels

/// What a step of a plan does for one image.
package struct StepWork: Equatable, Sendable {
  /// Such as "convolution 3×3, 32 → 64".
  package var name: String
  /// Multiplications and additions by the layer's definition; 0 where they do not count.
  package var operations = 0
  /// Those that are executed: fewer by Winograd's tiles, more where vectors are filled up. What
  /// depends on the images counts as if it were executed: zeros and blank tiles that are passed
  /// over, so that a step may seem to do more than a core can.
  package var executed = 0
  package var factors = Factors.floats

  /// What is multiplied: a core has another peak for each.
  package enum Factors: String, Equatable, Sendable, CaseIterable {
    case floats = "f32"
    /// Floats of 16 bits.
    case halves = "bf16"
    /// Unsigned bytes by signed ones.
    case bytes = "int8"
    /// Integers of 16 bits.
    case shorts = "int16"
  }
}

/// Where the time of a plan goes.
package struct StepTime: Sendable {
  package var work: StepWork
  /// Of all images of a run together.
  package var duration: Duration
}

/// Hears of every step of a run.
protocol StepObserver {
  mutating func began(part: Int)
  /// A step is about to read what lies in memory.
  mutating func begins(
    _ step: Step, _ memory: UnsafeMutablePointer<Float>, images: Range<Int>)
  mutating func ended(_ step: Int)
}

extension StepObserver {
  @inline(__always)
  func begins(_ step: Step, _ memory: UnsafeMutablePointer<Float>, images: Range<Int>) {}
}

/// Hears nothing, and costs nothing.
struct NoObserver: StepObserver {
  @inline(__always) func began(part: Int) {}
  @inline(__always) func ended(_ step: Int) {}
}

/// Adds up how long each step of each part took.
struct StepClock: StepObserver {
  /// By part and step.
  private(set) var durations: [[Duration]]
  private var part = 0
  private var last = ContinuousClock.now

  init(stepCounts: [Int]) {
    durations = stepCounts.map { Array(repeating: .zero, count: $0) }
  }

  mutating func began(part: Int) {
    self.part = part
    last = .now
  }

  mutating func ended(_ step: Int) {
    let now = ContinuousClock.now
    durations[part][step] += now - last
    last = now
  }
}

extension Step {
  /// Nil for the later parts of a dense layer, which belong to the first.
  func work(_ kernels: KernelTable) -> StepWork? {
    switch self {
    case .product(let step): step.work(kernels)
    case .winograd(let step): step.work(kernels)
    case .pooling(let step): StepWork(name: "pooling \(step.pooling.size)×\(step.pooling.size)")
    case .scaling: StepWork(name: "norm")
    case .curve(_, let curve): StepWork(name: "\(curve)")
    case .clearHalo: StepWork(name: "padding")
    case .narrowProduct(let step): step.work
    case .narrowConvolution(let step): step.work(kernels)
    case .narrowing(let step): StepWork(name: step.workName)
    }
  }
}

extension ProductStep {
  fileprivate func work(_ kernels: KernelTable) -> StepWork? {
    if case .output = start { return nil }
    let perColumn = 2 * rowsPerImage * depth
    return StepWork(
      name: name, operations: perColumn * columnCount,
      executed: perColumn * kernels.panels.columnCountInVectors(columnCount))
  }

  private var name: String {
    isDense
      ? "dense \(depth) → \(columnCount)"
      : "convolution \(runCount)×\(runCount), \(runLength / runCount) → \(columnCount)"
  }
}

extension WinogradStep {
  fileprivate func work(_ kernels: KernelTable) -> StepWork {
    tiledWork(
      sourceLayout, padding: padding, pools: pools, filters: targetLayout.channels,
      paddedFilters: kernels.winograd.paddedFilterCount(targetLayout.channels))
  }
}

/// Of a convolution in tiles of 4 × 4.
private func tiledWork(
  _ source: MapLayout, padding: Int, pools: Bool, filters: Int, paddedFilters: Int
) -> StepWork {
  let window = SlidingWindow(size: 3, padding: padding)
  let rows = window.positionCount(along: source.height)
  let columns = window.positionCount(along: source.width)
  // With fused pooling an odd last row or column is left out.
  let (height, width) = pools ? (rows / 2 * 2, columns / 2 * 2) : (rows, columns)
  let tiles = ((height + 3) / 4) * ((width + 3) / 4)
  return StepWork(
    name: "convolution 3×3, \(source.channels) → \(filters), in tiles",
    operations: 2 * height * width * 9 * source.channels * filters,
    executed: 2 * tiles * 36 * source.channels * paddedFilters)
}

extension NarrowProductStep {
  fileprivate var work: StepWork {
    let depth = runCount * runLength
    let groups = runCount * panels.groupCount(runLength: runLength)
    return StepWork(
      name: isDense
        ? "dense \(depth) → \(columnCount)"
        : "convolution \(runCount)×\(runCount), \(runLength / runCount) → \(columnCount)",
      operations: 2 * rowsPerImage * depth * columnCount,
      executed: 2 * rowsPerImage * panels.groupLength * groups
        * panels.columnCountInVectors(columnCount),
      factors: panels.element == .uint8 ? .bytes : .halves)
  }
}

extension NarrowConvolutionStep {
  fileprivate func work(_ kernels: KernelTable) -> StepWork? {
    guard let layout = kernels.narrow(element)?.winograd else { return nil }
    var work = tiledWork(
      sourceLayout, padding: padding, pools: packed.finish.pools, filters: targetLayout.channels,
      paddedFilters: layout.paddedFilterCount(targetLayout.channels))
    work.factors = element == .uint8 ? .shorts : .halves
    return work
  }
}
