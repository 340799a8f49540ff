import DigitKernels
import DigitModel

/// A 3 × 3 convolution of stride 1 in Winograd's tiles, image by image: see `WinogradConvolution`.
struct TiledConvolution: Sendable {
  private let source: PaddedMap
  private let target: FeatureShape
  private var layout: WinogradLayout { KernelTable.chosen.winograd }

  /// Nil where windows one by one take less time.
  init?(source: FeatureShape, filters: Int, padding: Int) {
    self.source = PaddedMap(map: source, padding: padding)
    let window = SlidingWindow(size: 3, padding: padding)
    target = FeatureShape(
      height: window.positionCount(along: source.height),
      width: window.positionCount(along: source.width), channels: filters)
    guard
      WinogradLayout.pays(
        channels: source.channels, filters: filters, rows: target.height, columns: target.width)
    else { return nil }
  }

  /// Floats of memory:
  ///
  ///     [packed weights][bias][source with its padding, and a vector to read over][scratch]
  var memoryCount: Int {
    scratchOffset + layout.scratchFloatCount(channels: channels, filters: filters)
  }

  private var channels: Int { source.map.channels }
  private var filters: Int { target.channels }
  private var biasOffset: Int {
    FlatBuffer.aligned(layout.weightFloatCount(channels: channels, filters: filters))
  }
  private var sourceOffset: Int {
    FlatBuffer.aligned(biasOffset + layout.paddedFilterCount(filters))
  }
  private var scratchOffset: Int {
    FlatBuffer.aligned(sourceOffset + source.count + layout.vectorWidth)
  }
  /// Whether the kernel may read an image where it lies: it reads whole vectors of channels.
  private var readsInPlace: Bool {
    source.padding == 0 && channels.isMultiple(of: layout.vectorWidth)
  }

  /// Packs weights and bias, zero where there is none, for `run`.
  func prepare(
    _ weights: KernelView, bias: UnsafePointer<Float>?, _ memory: UnsafeMutablePointer<Float>
  ) {
    layout.pack(weights, into: memory)
    let packedBias = memory + biasOffset
    packedBias.update(repeating: 0, count: layout.paddedFilterCount(filters))
    if let bias { packedBias.update(from: bias, count: filters) }
    if !readsInPlace { source.clear(memory + sourceOffset) }
  }

  /// Sets `output` to the convolution of one image, after `prepare`.
  func run(
    _ image: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, rectifies: Bool,
    _ memory: UnsafeMutablePointer<Float>
  ) {
    if !readsInPlace { source.fill(memory + sourceOffset, with: image) }
    let (map, padding) = (source.map, source.padding)
    KernelTable.chosen.convolveWinograd(
      WinogradConvolution(
        source: WinogradConvolution.SourceMaps(
          pointer: readsInPlace ? image : UnsafePointer(memory + sourceOffset),
          rowStride: source.rowLength, imageStride: source.count,
          size: (map.height + 2 * padding, map.width + 2 * padding, channels)),
        target: WinogradConvolution.TargetMaps(
          pointer: output, rowStride: target.width * filters, imageStride: target.count,
          size: (target.height, target.width, filters)),
        imageCount: 1, weights: memory, bias: memory + biasOffset, pools: false,
        rectifies: rectifies, scratch: memory + scratchOffset))
  }
}
