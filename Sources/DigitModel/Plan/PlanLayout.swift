import DigitKernels

/// Where everything of a network lies in the workspace, and what is done with it step by step: a
/// plain value that follows from the network, its precision, how the instruction set packs weights
/// and the batch. `StepEmitter` makes steps of it.
///
/// The workspace, in this order:
///
/// - two maps for each image of a group, between which the convolutions alternate;
/// - scratch memory of the convolutions;
/// - for each image of a batch, the features in which the maps end;
/// - two vectors for each image of a batch, between which the dense layers alternate;
/// - for a dense layer that reads pixels where they lie, the list of their addresses.
package struct PlanLayout: Equatable {
  /// Images that pass through `mapSteps` together.
  package var groupCount: Int
  /// Where the pixels are loaded to.
  package var pixels: MapRegion
  /// At which float of the workspace the list of the images' pixels starts; nil where all lie in
  /// `pixels`.
  package var pixelList: Int?
  /// For a group of images each.
  package var mapSteps: [StepLayout]
  /// For a whole batch.
  package var vectorSteps: [StepLayout]
  /// Where the scores are at the end.
  package var scores: Region
  /// Floats of workspace.
  package var floatCount: Int

  init(_ stages: [Stage], input: Network.Input, packing: WeightPacking, maximumBatch: Int) {
    let mapStages = stages.prefix { !$0.isFlatten }
    let layouts = mapStages.layouts(of: input, format: stages.formatOfPixels)
    var memory = WorkspaceAllocator(
      maximumBatch: maximumBatch, hasRowEnds: stages.contains(where: \.isQuantizedProduct))
    let regions = MapRegions(mapStages, layouts, packing, &memory)
    let maps = MapLayoutPass(mapStages, layouts, regions, packing)
    let features = (region: regions.features, count: layouts[layouts.count - 1].elementCount)
    let vectors = VectorLayoutPass(
      stages, from: mapStages.count, reading: features,
      traits: mapStages.reduce(ValueTraits(of: input)) { $0.after($1) }, packing, &memory)
    groupCount = regions.groupCount
    pixels = maps.pixels
    pixelList = vectors.pixelList
    mapSteps = maps.steps
    vectorSteps = vectors.steps
    scores = vectors.scores
    floatCount = memory.floatCount
  }
}

extension Model {
  /// How a plan of a network that is no ensemble is laid out.
  ///
  /// - Throws: as `Plan` does.
  package func layout(
    in precision: Precision, packing: WeightPacking, maximumBatch: Int
  ) throws(ModelError) -> PlanLayout {
    let inputs = try quantizedInputs(for: precision, packing)
    let stages = try stages(reading: inputs?.formats[0]).stages
    return PlanLayout(
      stages, input: network.input, packing: packing, maximumBatch: maximumBatch)
  }

  /// The stages, with products of quantised numbers where formats of their inputs are given.
  func stages(
    reading inputs: [NarrowFormat]?
  ) throws(ModelError) -> (stages: [Stage], ending: Ending) {
    var (stages, ending) = try stages()
    if let inputs { stages = stages.quantized(inputs, pixels: network.input) }
    return (stages, ending)
  }
}

/// Gives out the workspace from its start on.
struct WorkspaceAllocator {
  let maximumBatch: Int
  /// Whether each image has room for one element more, with which a product of quantised numbers
  /// ends its rows: see `QuantizedRowWeights`.
  let hasRowEnds: Bool
  private(set) var floatCount = 0

  init(maximumBatch: Int, hasRowEnds: Bool) {
    self.maximumBatch = maximumBatch
    self.hasRowEnds = hasRowEnds
  }

  /// Returns where so many floats start.
  mutating func take(_ count: Int) -> Int {
    defer { floatCount += count }
    return floatCount
  }

  /// A vector for each image of a batch.
  mutating func takeVectors(_ count: Int) -> Region {
    vectors(of: count, at: take(maximumBatch * imageStride(count)))
  }

  /// There is room for whole vector registers.
  func vectors(of count: Int, at start: Int) -> Region {
    Region(start: start, imageStride: imageStride(count), holdsBatch: true)
  }

  func imageStride(_ count: Int) -> Int { vectorStride(hasRowEnds ? count + 1 : count) }
}

/// What is known about the values between two stages before any image comes.
struct ValueTraits: Equatable {
  /// Whether many of them are zero.
  var areSparse: Bool
  /// Whether they are the pixels: of these, zeros are at the same positions in most images.
  var arePixels: Bool

  init(of input: Network.Input) {
    areSparse = input.mean == 0
    arePixels = true
  }

  func after(_ stage: Stage) -> ValueTraits {
    var traits = self
    switch stage {
    case .product(let product): traits.areSparse = product.rectifies || product.keepsZeros
    case .curve(let curve): traits.areSparse = curve == .relu
    case .scaling: traits.areSparse = false
    case .pooling, .quantizing: break
    case .flatten: return traits
    }
    traits.arePixels = false
    return traits
  }
}
