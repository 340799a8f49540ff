import DigitKernels
import DigitModel

/// The matrix products of a convolution over one image, without its patches being copied: a patch
/// is a run of floats for each row of the kernel, and the kernels read runs where they lie.
///
///     Y[pixels × out] = P[pixels × kernel·kernel·in] · W + b
///     dW = Pᵀ · dY
///
/// Every sum is one chain of multiply-adds in the order of the patch, or of the pixels. Where
/// Winograd's tiles take less time, Y and dX are computed by these instead.
struct ConvolutionProduct: Sendable {
  let patches: Patches
  let filters: Int
  private let panels: PanelLayout
  private let forwardTiles: TiledConvolution?
  /// The gradient of the input is a convolution too, of the kernels turned by half a circle.
  private let backwardTiles: TiledConvolution?
  /// Where each patch begins in the padded image.
  private let patchOffsets: [Int32]
  /// Where each number of a patch lies, from its beginning.
  private let numberOffsets: [Int32]
  /// Where each row of a result begins: multiples of `filters`.
  private let resultOffsets: [Int32]

  init(input: FeatureShape, convolution: Convolution) {
    let patches = Patches(input: input, convolution: convolution)
    self.patches = patches
    filters = convolution.filters
    panels = KernelTable.chosen.panels
    let isTiled = convolution.kernel == 3 && convolution.stride == 1 && convolution.padding <= 2
    forwardTiles =
      isTiled
      ? TiledConvolution(
        source: input, filters: filters, padding: convolution.padding) : nil
    backwardTiles =
      isTiled
      ? TiledConvolution(
        source: FeatureShape(
          height: patches.rows, width: patches.columns, channels: convolution.filters),
        filters: input.channels, padding: 2 - convolution.padding) : nil
    let channels = input.channels
    let rowStride = patches.paddedRowLength
    patchOffsets = (0..<patches.rowCount).map { patch in
      let (row, column) = patch.quotientAndRemainder(dividingBy: patches.columns)
      return Int32(patches.stride * (row * rowStride + column * channels))
    }
    numberOffsets = (0..<patches.width).map { number in
      let (row, rest) = number.quotientAndRemainder(dividingBy: patches.kernel * channels)
      return Int32(row * rowStride + rest)
    }
    resultOffsets = (0..<max(patches.rowCount, patches.width)).map {
      [filters = convolution.filters] in Int32($0 * filters)
    }
  }

  var weightCount: Int { patches.width * filters }
  private var packedWeightCount: Int {
    panels.floatCount(depth: patches.width, columns: filters)
  }

  /// Floats of memory that the forward pass needs:
  ///
  ///     [packed weights][packed bias][an image with its padding]   or that of `forwardTiles`
  var forwardMemoryCount: Int {
    forwardTiles?.memoryCount
      ?? packedWeightCount + panels.paddedColumnCount(filters) + patches.paddedCount
  }

  /// Floats of memory that the backward pass needs:
  ///
  ///     [an image with its padding][packed gradient]
  ///     [the patches' gradients]                                   or that of `backwardTiles`
  var backwardMemoryCount: Int {
    inputGradientOffset + (backwardTiles?.memoryCount ?? patches.count)
  }
  private var packedGradientOffset: Int { FlatBuffer.aligned(patches.paddedCount) }
  private var inputGradientOffset: Int {
    packedGradientOffset
      + FlatBuffer.aligned(panels.floatCount(depth: patches.rowCount, columns: filters))
  }

  /// Packs weights and bias for `run`.
  func prepareForward(
    _ parameters: UnsafePointer<Float>, _ memory: UnsafeMutablePointer<Float>
  ) {
    if let forwardTiles {
      return forwardTiles.prepare(
        kernels(parameters), bias: parameters + weightCount, memory)
    }
    panels.pack(
      MatrixView(parameters, rowStride: filters), depth: patches.width, columns: filters,
      into: memory)
    let bias = memory + packedWeightCount
    bias.update(repeating: 0, count: panels.paddedColumnCount(filters))
    bias.update(from: parameters + weightCount, count: filters)
  }

  /// Packs weights for `setInputGradient`.
  func prepareBackward(
    _ parameters: UnsafePointer<Float>, _ memory: UnsafeMutablePointer<Float>
  ) {
    backwardTiles?.prepare(
      kernels(parameters).turned, bias: nil, memory + inputGradientOffset)
  }

  private func kernels(_ parameters: UnsafePointer<Float>) -> KernelView {
    KernelView(parameters, channels: patches.input.channels, filters: filters)
  }

  /// Sets `output` to the convolution of one image, after `prepareForward`.
  func run(
    _ image: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, rectifies: Bool,
    _ memory: UnsafeMutablePointer<Float>
  ) {
    if let forwardTiles {
      return forwardTiles.run(image, to: output, rectifies: rectifies, memory)
    }
    let image = patches.padded(
      image, in: memory + packedWeightCount + panels.paddedColumnCount(filters))
    patchOffsets.withUnsafeBufferPointer { starts in
      resultOffsets.withUnsafeBufferPointer { ends in
        KernelTable.chosen.multiplyRows(
          RowProduct(
            input: image, inputOffsets: starts.baseAddress!, rowCount: patches.rowCount,
            runCount: patches.kernel, runLength: patches.kernel * patches.input.channels,
            runStride: patches.paddedRowLength, weights: memory,
            panelStride: panels.panelStride(depth: patches.width), columnCount: filters,
            output: output, outputOffsets: ends.baseAddress!,
            start: .bias(memory + packedWeightCount), finish: rectifies ? .relu : .store))
      }
    }
  }

  /// Adds one image's Pᵀ · dY to the gradient of the weights.
  func addWeightGradient(
    _ image: UnsafePointer<Float>, _ outputGradient: UnsafePointer<Float>,
    to weightGradient: UnsafeMutablePointer<Float>, _ memory: UnsafeMutablePointer<Float>
  ) {
    let image = patches.padded(image, in: memory)
    let packed = memory + packedGradientOffset
    panels.pack(
      MatrixView(outputGradient, rowStride: filters), depth: patches.rowCount,
      columns: filters, into: packed)
    numberOffsets.withUnsafeBufferPointer { starts in
      resultOffsets.withUnsafeBufferPointer { ends in
        var product = RowProduct(
          input: image, inputOffsets: starts.baseAddress!, rowCount: patches.width,
          runCount: patches.rows, runLength: patches.columns,
          runStride: patches.stride * patches.paddedRowLength, weights: packed,
          panelStride: panels.panelStride(depth: patches.rowCount), columnCount: filters,
          output: weightGradient, outputOffsets: ends.baseAddress!, start: .output,
          finish: .store)
        product.elementStride = patches.stride * patches.input.channels
        KernelTable.chosen.multiplyRows(product)
      }
    }
  }

  /// Sets one image's dX to dY · Wᵀ, each patch added back to where it came from. After
  /// `prepareBackward`.
  func setInputGradient(
    _ inputGradient: UnsafeMutablePointer<Float>, _ outputGradient: UnsafePointer<Float>,
    _ parameters: UnsafePointer<Float>, _ memory: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutableRawPointer
  ) {
    let memory = memory + inputGradientOffset
    if let backwardTiles {
      return backwardTiles.run(outputGradient, to: inputGradient, rectifies: false, memory)
    }
    KernelTable.chosen.multiply(
      MatrixProduct(
        m: patches.rowCount, n: patches.width, k: filters,
        a: MatrixView(outputGradient, rowStride: filters),
        b: MatrixView(parameters, rowStride: filters).transposed, c: memory),
      scratch: scratch)
    patches.scatter(memory, to: inputGradient)
  }
}
