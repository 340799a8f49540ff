import DigitKernels

/// The memory of the stages that work on maps.
struct MapRegions {
  /// Images whose maps lie in the workspace at a time.
  let groupCount: Int
  /// Between which the stages alternate.
  let maps: [Region]
  /// In floats from the start of the workspace.
  let scratch: Int
  /// What the maps end in.
  let features: Region

  /// Bytes of the nearest large cache that a group's maps may fill.
  private static let groupByteCountMax = 384 << 10
  private static let groupCountMax = 16

  /// - Parameter layouts: Before the first stage and after each.
  init(
    _ stages: ArraySlice<Stage>, _ layouts: [MapLayout], _ packing: WeightPacking,
    _ memory: inout WorkspaceAllocator
  ) {
    let mapStride = memory.imageStride(layouts.map(\.count).max() ?? 0)
    let elementByteCount = layouts.map { $0.format?.element.byteCount ?? 4 }.max() ?? 4
    let groupOfCache = Self.groupByteCountMax / (2 * elementByteCount * mapStride)
    let groupCount = min(
      memory.maximumBatch, max(1, min(Self.groupCountMax, groupOfCache)))
    self.groupCount = groupCount
    maps = (0..<2).map { _ in
      Region(
        start: memory.take(groupCount * mapStride), imageStride: mapStride, holdsBatch: false)
    }
    let scratchCounts = stages.enumerated().map { index, stage in
      packing.tileScratchFloatCount(stage, from: layouts[index], to: layouts[index + 1]) ?? 0
    }
    scratch = memory.take(vectorStride(scratchCounts.max() ?? 0))
    features = memory.takeVectors(layouts[layouts.count - 1].elementCount)
  }
}

/// Lays out the stages that work on maps.
struct MapLayoutPass {
  private(set) var steps: [StepLayout] = []
  /// Where the pixels are loaded to.
  let pixels: MapRegion

  private let regions: MapRegions
  private let packing: WeightPacking
  /// What the last stage left.
  private var current: MapRegion

  /// - Parameter layouts: Before the first stage and after each.
  init(
    _ stages: ArraySlice<Stage>, _ layouts: [MapLayout], _ regions: MapRegions,
    _ packing: WeightPacking
  ) {
    self.regions = regions
    self.packing = packing
    let last = stages.lastIndex { $0.paddingIfProducing != nil }
    pixels = MapRegion(
      region: last == nil ? regions.features : regions.maps[0], layout: layouts[0])
    current = pixels
    clearHalo(of: pixels)
    for (index, stage) in stages.enumerated() {
      append(stage, at: index, to: layouts[index + 1], isLast: index == last)
    }
  }

  private mutating func append(
    _ stage: Stage, at index: Int, to layout: MapLayout, isLast: Bool
  ) {
    let other = current.region == regions.maps[0] ? regions.maps[1] : regions.maps[0]
    let target = MapRegion(region: isLast ? regions.features : other, layout: layout)
    switch stage {
    case .product(let product):
      clearHalo(of: target)
      steps.append(.convolution(convolution(product, at: index, to: target)))
      current = target
    case .pooling(let pooling):
      clearHalo(of: target)
      steps.append(.pooling(pooling, from: current, to: target))
      current = target
    case .quantizing:
      clearHalo(of: target)
      steps.append(.quantizing(from: current, to: target))
      current = target
    case .scaling:
      current.layout = layout
      steps.append(.scaling(stage: index, current))
    case .curve(let curve):
      current.layout = layout
      steps.append(.curve(curve, current))
    case .flatten: preconditionFailure("what follows works on vectors")
    }
  }

  private mutating func clearHalo(of map: MapRegion) {
    if map.layout.halo > 0 { steps.append(.clearHalo(map)) }
  }

  private func convolution(
    _ product: Stage.Product, at index: Int, to target: MapRegion
  ) -> ConvolutionLayout {
    guard let convolution = product.convolution else {
      preconditionFailure("a dense layer works on vectors")
    }
    let isTiled =
      packing.tileScratchFloatCount(.product(product), from: current.layout, to: target.layout)
      != nil
    return ConvolutionLayout(
      stage: index, window: convolution.window, poolsByTwo: product.poolsByTwo, source: current,
      target: target, element: product.formats?.input.element,
      method: isTiled ? .tiles(scratch: regions.scratch) : .windows)
  }
}

extension WeightPacking {
  /// Floats that a convolution needs beside its maps if it is computed in Winograd's tiles; nil
  /// where windows one by one take less time, and for all else.
  func tileScratchFloatCount(
    _ stage: Stage, from source: MapLayout, to target: MapLayout
  ) -> Int? {
    guard case .product(let product) = stage, let convolution = product.convolution,
      convolution.kernel == 3, convolution.stride == 1
    else { return nil }
    let pixels = product.poolsByTwo ? 2 : 1
    let (rows, columns) = (pixels * target.height, pixels * target.width)
    let (channels, filters) = (source.channels, product.columns)
    guard let element = product.formats?.input.element else {
      let pays = WinogradLayout.pays(
        channels: channels, filters: filters, rows: rows, columns: columns)
      return pays ? winograd.scratchFloatCount(channels: channels, filters: filters) : nil
    }
    guard let layout = quantized(element)?.winograd,
      layout.pays(channels: channels, filters: filters, rows: rows, columns: columns)
    else { return nil }
    return (layout.scratchByteCount(channels: channels) + 3) / 4
  }
}

extension Collection<Stage> {
  /// How the maps lie before the first of these stages and after each, with the halo that the
  /// convolution reading them wants.
  ///
  /// - Parameter format: How the pixels are kept.
  func layouts(of input: Network.Input, format: NarrowFormat?) -> [MapLayout] {
    var layouts = [
      MapLayout(height: input.height, width: input.width, channels: 1, format: format)
    ]
    for stage in self { layouts.append(stage.layout(after: layouts[layouts.count - 1])) }
    for index in layouts.indices {
      layouts[index].halo = dropFirst(index).lazy.compactMap(\.paddingIfProducing).first ?? 0
    }
    return layouts
  }
}

extension Stage {
  /// The padding that the stage wants around its input; nil for a stage in place.
  fileprivate var paddingIfProducing: Int? {
    switch self {
    case .product(let product): product.convolution?.padding ?? 0
    case .pooling, .quantizing: 0
    case .scaling, .curve, .flatten: nil
    }
  }

  fileprivate func layout(after input: MapLayout) -> MapLayout {
    var layout = input
    switch self {
    case .product(let product):
      layout.format = product.formats?.output
      guard let convolution = product.convolution else { return layout }
      let pixels = product.poolsByTwo ? 2 : 1
      layout.height = convolution.window.positionCount(along: input.height) / pixels
      layout.width = convolution.window.positionCount(along: input.width) / pixels
      layout.channels = convolution.filters
    case .pooling(let pooling):
      layout.height = pooling.window.positionCount(along: input.height)
      layout.width = pooling.window.positionCount(along: input.width)
    case .quantizing(let format): layout.format = format
    case .scaling, .curve, .flatten: break
    }
    return layout
  }
}
