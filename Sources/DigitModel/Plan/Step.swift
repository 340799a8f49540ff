import DigitKernels

/// A step of a plan, ready to run: plain addresses and numbers, so that running it counts no
/// references.
protocol PlanStep: BitwiseCopyable {
  func run(
    _ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, _ images: Range<Int>)

  /// What it does for one image. Nil for the later parts of a dense layer, which belong to the
  /// first.
  var work: StepWork? { get }

  /// What a product reads; nil for other steps, and for the later parts of a dense layer.
  var productInput: ProductInput? { get }
}

/// What a product reads of each image.
struct ProductInput {
  var region: Region
  /// Elements from the start of an image's.
  var count: Int
  /// Nil for floats.
  var element: NarrowElement?
}

extension PlanStep {
  var productInput: ProductInput? { nil }
}

/// The steps there are, side by side in an array.
enum Step: BitwiseCopyable {
  case windows(DirectStep<FloatRowWeights>)
  case quantizedWindows(DirectStep<QuantizedRowWeights>)
  case tiles(WinogradStep<FloatTileWeights>)
  case quantizedTiles(WinogradStep<QuantizedTileWeights>)
  case pooling(PoolingStep)
  case scaling(ScalingStep)
  case curve(CurveStep)
  case clearHalo(ClearHaloStep)
  case quantizing(QuantizingStep)

  // Not by way of `step`: an existential would be allocated.
  func run(_ kernels: KernelTable, _ memory: UnsafeMutablePointer<Float>, images: Range<Int>) {
    switch self {
    case .windows(let step): step.run(kernels, memory, images)
    case .quantizedWindows(let step): step.run(kernels, memory, images)
    case .tiles(let step): step.run(kernels, memory, images)
    case .quantizedTiles(let step): step.run(kernels, memory, images)
    case .pooling(let step): step.run(kernels, memory, images)
    case .scaling(let step): step.run(kernels, memory, images)
    case .curve(let step): step.run(kernels, memory, images)
    case .clearHalo(let step): step.run(kernels, memory, images)
    case .quantizing(let step): step.run(kernels, memory, images)
    }
  }

  /// Whichever it is, for all but running it.
  var step: any PlanStep {
    switch self {
    case .windows(let step): step
    case .quantizedWindows(let step): step
    case .tiles(let step): step
    case .quantizedTiles(let step): step
    case .pooling(let step): step
    case .scaling(let step): step
    case .curve(let step): step
    case .clearHalo(let step): step
    case .quantizing(let step): step
    }
  }
}
