import DigitKernels

/// Lays out a network's stages in the workspace and packs their weights.
///
/// The workspace: two maps for a group of images, between which the convolutions go back and
/// forth; the scratch memory of the convolutions; then, for a whole batch, the features they end
/// in, two vectors for the dense layers, and, for a dense layer that reads pixels where they lie,
/// a list of where that is.
struct PlanCompiler {
  let kernels: KernelTable
  let maximumBatch: Int
  let memory = PlanMemory()
  private let isNarrow: Bool

  /// Bytes of the nearest large cache that a group's maps may fill.
  private static let groupByteCountMax = 384 << 10
  private static let groupCountMax = 16

  private(set) var groupCount = 1
  private(set) var inputLayout = MapLayout(height: 0, width: 0, channels: 1)
  private(set) var inputPlace = Place(start: 0, imageStride: 0, holdsBatch: false)
  /// Where in the workspace it is listed where the images lie; nil where all lie in `inputPlace`.
  private(set) var inputList: Int?
  private(set) var mapSteps: [Step] = []
  private(set) var vectorSteps: [Step] = []
  private(set) var floatCount = 0
  /// Where the scratch memory of the convolutions begins.
  private(set) var scratch = 0
  /// Where the scores are at the end.
  private(set) var scores = Place(start: 0, imageStride: 0, holdsBatch: true)

  init(_ stages: [Stage], input: Network.Input, kernels: KernelTable, maximumBatch: Int) {
    self.kernels = kernels
    self.maximumBatch = maximumBatch
    isNarrow = stages.contains {
      if case .product(let product) = $0 { product.formats != nil } else { false }
    }
    let flatten = stages.firstIndex { if case .flatten = $0 { true } else { false } }
    let split = flatten ?? stages.count
    let layouts = mapLayouts(stages, split: split, input)
    let features = layoutMemory(Array(stages[..<split]), layouts)
    compileMaps(Array(stages[..<split]), layouts, features)
    let before = stages[..<split].last { $0.makesZeros != nil }
    compileVectors(
      Array(stages[split...]), from: features, count: layouts[layouts.count - 1].elementCount,
      hasZeros: before?.makesZeros ?? (input.mean == 0))
    listInput()
  }

  // MARK: - Maps

  /// The layout before the first stage and after each.
  private func mapLayouts(
    _ stages: [Stage], split: Int, _ input: Network.Input
  ) -> [MapLayout] {
    var layouts = [MapLayout(height: input.height, width: input.width, channels: 1)]
    layouts[0].format = stages.formatOfPixels
    let stages = stages[..<split]
    for stage in stages { layouts.append(stage.layout(after: layouts[layouts.count - 1])) }
    for index in layouts.indices {
      layouts[index].halo = stages[index...].lazy.compactMap(\.paddingIfProducing).first ?? 0
    }
    return layouts
  }

  /// Takes memory for the maps of a group, the scratch and the features of a batch; returns the
  /// features.
  private mutating func layoutMemory(_ stages: [Stage], _ layouts: [MapLayout]) -> Place {
    let scratchCount =
      stages.indices.map { index in
        scratchFloatCount(stages[index], layouts[index], to: layouts[index + 1])
      }.max() ?? 0
    let mapCount = imageStride(layouts.map(\.count).max() ?? 0)
    let elementByteCount = layouts.map { $0.format?.element.byteCount ?? 4 }.max() ?? 4
    let groupOfCache = Self.groupByteCountMax / (2 * elementByteCount * mapCount)
    groupCount = min(maximumBatch, max(1, min(Self.groupCountMax, groupOfCache)))
    maps = (0..<2).map { index in
      Place(start: index * groupCount * mapCount, imageStride: mapCount, holdsBatch: false)
    }
    scratch = 2 * groupCount * mapCount
    floatCount = scratch + vectorStride(scratchCount)
    return takeVectors(layouts[layouts.count - 1].elementCount)
  }

  private var maps: [Place] = []

  /// With room for what `NarrowProductStep` ends its rows with.
  private func imageStride(_ count: Int) -> Int { vectorStride(isNarrow ? count + 1 : count) }

  private mutating func takeVectors(_ count: Int) -> Place {
    let place = vectors(of: count, at: floatCount)
    floatCount += maximumBatch * place.imageStride
    return place
  }

  /// Of a whole batch. There is room for whole vectors.
  private func vectors(of count: Int, at start: Int) -> Place {
    Place(start: start, imageStride: imageStride(count), holdsBatch: true)
  }

  private mutating func compileMaps(
    _ stages: [Stage], _ layouts: [MapLayout], _ features: Place
  ) {
    let last = stages.lastIndex { $0.paddingIfProducing != nil }
    var current = last == nil ? features : maps[0]
    inputLayout = layouts[0]
    inputPlace = current
    appendHalo(layouts[0], current)
    for (index, stage) in stages.enumerated() {
      let layout = layouts[index + 1]
      let other = current.start == maps[0].start ? maps[1] : maps[0]
      let target = index == last ? features : other
      switch stage {
      case .product(let product):
        appendHalo(layout, target)
        mapSteps.append(
          convolution(product, from: (current, layouts[index]), to: (target, layout)))
        current = target
      case .pooling(let pooling):
        appendHalo(layout, target)
        mapSteps.append(
          .pooling(
            PoolingStep(
              source: current, sourceLayout: layouts[index], target: target,
              targetLayout: layout, pooling: pooling)))
        current = target
      case .scaling, .curve:
        mapSteps.append(inPlace(stage, InPlaceStep(place: current, layout: layout)))
      case .narrowing:
        appendHalo(layout, target)
        mapSteps.append(
          .narrowing(
            NarrowingStep(
              source: current, sourceLayout: layouts[index], target: target,
              targetLayout: layout)))
        current = target
      case .flatten: break
      }
    }
  }

  private mutating func appendHalo(_ layout: MapLayout, _ place: Place) {
    if layout.halo > 0 { mapSteps.append(.clearHalo(layout, place)) }
  }

  private func inPlace(_ stage: Stage, _ step: InPlaceStep) -> Step {
    switch stage {
    case .scaling(let scale, let shift):
      .scaling(
        step, scale: memory.copy(scale, paddedTo: scale.count),
        shift: memory.copy(shift, paddedTo: shift.count))
    case .curve(let curve): .curve(step, curve)
    case .product, .pooling, .flatten, .narrowing: preconditionFailure("not a stage in place")
    }
  }

  // MARK: - Vectors

  private mutating func compileVectors(
    _ stages: [Stage], from features: Place, count: Int, hasZeros: Bool
  ) {
    var hasZeros = hasZeros
    var current = features
    var count = count
    let widest = Self.widths(stages, from: count).max() ?? 0
    let starts = [takeVectors(widest).start, takeVectors(widest).start]
    for stage in stages {
      defer { hasZeros = stage.makesZeros ?? hasZeros }
      let start = current.start == starts[0] ? starts[1] : starts[0]
      switch stage {
      case .product(let product):
        let target = vectors(of: product.columns, at: start)
        vectorSteps += dense(product, hasZeros: hasZeros, from: current, to: target)
        current = target
        count = product.columns
      case .curve:
        // With whatever fills the vectors up, which nobody reads.
        let layout = MapLayout(height: 1, width: 1, channels: current.imageStride)
        vectorSteps.append(inPlace(stage, InPlaceStep(place: current, layout: layout)))
      case .scaling:
        let layout = MapLayout(height: 1, width: 1, channels: count)
        vectorSteps.append(inPlace(stage, InPlaceStep(place: current, layout: layout)))
      case .narrowing(let format):
        let target = vectors(of: count, at: start)
        let layout = MapLayout(height: 1, width: 1, channels: count)
        var narrow = layout
        narrow.format = format
        vectorSteps.append(
          .narrowing(
            NarrowingStep(
              source: current, sourceLayout: layout, target: target, targetLayout: narrow)))
        current = target
      case .pooling, .flatten: break
      }
    }
    scores = current
  }

  /// Lets a dense layer that comes first, of bytes, read the pixels where they lie: there, too, it
  /// reads whole groups of them, none beyond the last.
  private mutating func listInput() {
    guard mapSteps.isEmpty, case .narrowProduct(var step)? = vectorSteps.first,
      step.source == inputPlace, step.panels.element == .uint8,
      step.runLength % step.panels.groupLength == 0
    else { return }
    inputList = floatCount
    step.listed = floatCount
    vectorSteps[0] = .narrowProduct(step)
    floatCount += vectorStride(maximumBatch * MemoryLayout<UnsafeRawPointer>.stride / 4)
  }

  /// Of every vector that a stage makes in a place of its own.
  private static func widths(_ stages: [Stage], from count: Int) -> [Int] {
    var count = count
    return stages.compactMap { stage in
      switch stage {
      case .product(let product):
        count = product.columns
        return count
      case .narrowing: return count
      case .pooling, .scaling, .curve, .flatten: return nil
      }
    }
  }
}

extension MapLayout {
  fileprivate var elementCount: Int { height * width * channels }
}

extension Stage {
  /// Whether many of the results are zero; nil where that is as before.
  fileprivate var makesZeros: Bool? {
    switch self {
    case .product(let product): product.rectifies || product.keepsZeros
    case .curve(let curve): curve == .relu
    case .scaling: false
    case .pooling, .flatten, .narrowing: nil
    }
  }

  /// The padding that the stage wants around its input; nil for a stage in place.
  fileprivate var paddingIfProducing: Int? {
    switch self {
    case .product(let product): product.convolution?.padding ?? 0
    case .pooling, .narrowing: 0
    case .scaling, .curve, .flatten: nil
    }
  }

  fileprivate func layout(after input: MapLayout) -> MapLayout {
    var layout = input
    switch self {
    case .product(let product):
      layout.format = product.formats?.output
      guard let convolution = product.convolution else { return layout }
      let side = { (extent: Int) in
        let count = convolution.window.positionCount(along: extent)
        return product.poolsByTwo ? count / 2 : count
      }
      (layout.height, layout.width) = (side(input.height), side(input.width))
      layout.channels = convolution.filters
    case .pooling(let pooling):
      layout.height = pooling.window.positionCount(along: input.height)
      layout.width = pooling.window.positionCount(along: input.width)
    case .narrowing(let format): layout.format = format
    case .scaling, .curve, .flatten: break
    }
    return layout
  }
}
