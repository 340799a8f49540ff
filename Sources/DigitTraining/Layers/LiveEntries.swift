import DigitKernels

/// The gradients of a pooled convolution from the entries that are not zero.
///
/// An entry is a pixel of the convolution's output and a channel. It adds its value times
///
///     the patch at the pixel to the channel's weights:  dWᵀ[channel] += value · P[pixel]
///     the channel's weights to the patch at the pixel:  dX[patch at pixel] += value · Wᵀ[channel]
///
/// The first is summed channel by channel and the second pixel by pixel, each from a list, so that
/// the sums stay in registers.
struct LiveEntries {
  private let patches: Patches
  private let filters: Int
  private let pooled: FeatureShape
  /// [filters][patch width]
  private let weights: UnsafeMutablePointer<Float>
  private let weightGradient: UnsafeMutablePointer<Float>
  private let biasGradient: UnsafeMutablePointer<Float>
  /// The entries of each channel, [filters][pooled pixels], and how many.
  private let channelValues: UnsafeMutablePointer<Float>
  private let channelOffsets: UnsafeMutablePointer<Int32>
  private let channelCounts: UnsafeMutablePointer<Int32>
  /// The entries of the four pixels of a window and those that are dead, [5][filters].
  private let pixelValues: UnsafeMutablePointer<Float>
  private let pixelOffsets: UnsafeMutablePointer<Int32>

  /// Floats of memory.
  static func floatCount(_ product: ConvolutionProduct, _ pooled: FeatureShape) -> Int {
    let filters = product.filters
    return 2 * filters * product.patches.width + 2 * filters + 2 * filters * pooled.pixelCount
      + 10 * filters
  }

  init(
    _ product: ConvolutionProduct, _ pooled: FeatureShape, memory: UnsafeMutablePointer<Float>
  ) {
    patches = product.patches
    filters = product.filters
    self.pooled = pooled
    var free = memory
    func take(_ count: Int) -> UnsafeMutablePointer<Float> {
      defer { free += count }
      return free
    }
    func takeIntegers(_ count: Int) -> UnsafeMutablePointer<Int32> {
      UnsafeMutableRawPointer(take(count)).assumingMemoryBound(to: Int32.self)
    }
    weights = take(filters * patches.width)
    weightGradient = take(filters * patches.width)
    biasGradient = take(filters)
    channelCounts = takeIntegers(filters)
    channelValues = take(filters * pooled.pixelCount)
    channelOffsets = takeIntegers(filters * pooled.pixelCount)
    pixelValues = take(5 * filters)
    pixelOffsets = takeIntegers(5 * filters)
  }

  /// Before the first image.
  func begin(_ parameters: UnsafePointer<Float>) {
    let width = patches.width
    for number in 0..<width {
      for channel in 0..<filters {
        weights[channel * width + number] = parameters[number * filters + channel]
      }
    }
    weightGradient.update(repeating: 0, count: filters * width)
    biasGradient.update(repeating: 0, count: filters)
  }

  /// After the last image: adds what was gathered to weights and bias, [patch width + 1][filters].
  func end(_ parameterGradient: UnsafeMutablePointer<Float>) {
    let width = patches.width
    for number in 0..<width {
      for channel in 0..<filters {
        parameterGradient[number * filters + channel] +=
          weightGradient[channel * width + number]
      }
    }
    addRows(biasGradient, count: 1, to: parameterGradient + width * filters, width: filters)
  }

  /// Adds one image.
  /// - Parameters:
  ///   - windows: the place of each maximum: see `WindowMaxima`.
  ///   - gradient: of the maxima.
  func add(
    _ windows: UnsafePointer<UInt8>, gradient: UnsafePointer<Float>,
    input: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>?
  ) {
    inputGradient?.update(repeating: 0, count: patches.input.count)
    channelCounts.update(repeating: 0, count: filters)
    let rowStride = patches.stride * patches.paddedRowLength
    let columnStride = patches.stride * patches.input.channels
    for y in 0..<pooled.height {
      for x in 0..<pooled.width {
        let place = (y * pooled.width + x) * filters
        let first = 2 * (y * rowStride + x * columnStride)
        // Where the patches of the window's pixels begin; the last is for dead entries.
        let starts = SIMD8<Int32>(
          Int32(first), Int32(first + columnStride), Int32(first + rowStride),
          Int32(first + rowStride + columnStride), 0, 0, 0, 0)
        let counts = list(windows + place, gradient + place, starts)
        guard let inputGradient else { continue }
        for pixel in 0..<4 where counts[pixel] > 0 {
          addInputGradient(
            inputGradient + Int(starts[pixel]), pixel: pixel, count: Int(counts[pixel]))
        }
      }
    }
    for channel in 0..<filters { addWeightGradient(channel, input) }
  }

  /// Puts one window's entries on the lists of their pixels and channels, without branches: which
  /// entry is live cannot be foreseen. Returns how many each pixel got.
  @inline(__always)
  private func list(
    _ windows: UnsafePointer<UInt8>, _ gradient: UnsafePointer<Float>, _ starts: SIMD8<Int32>
  ) -> SIMD8<Int32> {
    var counts: InlineArray<8, Int32> = .init(repeating: 0)
    var begins: InlineArray<8, Int32> = .init(repeating: 0)
    for pixel in 0..<4 { begins[pixel] = starts[pixel] }
    let (width, perChannel) = (Int32(patches.width), pooled.pixelCount)
    for channel in 0..<filters {
      let value = gradient[channel]
      let isLive = windows[channel] != WindowMaxima.nowhere && value != 0
      let pixel = Int((isLive ? windows[channel] : WindowMaxima.nowhere) & 7)
      let place = pixel * filters + Int(counts[pixel])
      pixelValues[place] = value
      pixelOffsets[place] = Int32(channel) * width
      counts[pixel] += 1
      // A dead entry is overwritten by the next; the last place is never one too far.
      let last = channel * perChannel + min(Int(channelCounts[channel]), perChannel - 1)
      channelValues[last] = isLive ? value : channelValues[last]
      channelOffsets[last] = isLive ? begins[pixel] : channelOffsets[last]
      channelCounts[channel] += isLive ? 1 : 0
      biasGradient[channel] += isLive ? value : 0
    }
    return SIMD8(counts[0], counts[1], counts[2], counts[3], 0, 0, 0, 0)
  }

  private func addInputGradient(
    _ target: UnsafeMutablePointer<Float>, pixel: Int, count: Int
  ) {
    let runLength = patches.kernel * patches.input.channels
    KernelTable.chosen.addSparse(
      SparseSum(
        source: weights, sourceStride: runLength, target: target,
        targetStride: patches.paddedRowLength, runCount: patches.kernel, runLength: runLength,
        offsets: pixelOffsets + pixel * filters, values: pixelValues + pixel * filters,
        entryCount: count))
  }

  private func addWeightGradient(_ channel: Int, _ input: UnsafePointer<Float>) {
    let runLength = patches.kernel * patches.input.channels
    KernelTable.chosen.addSparse(
      SparseSum(
        source: input, sourceStride: patches.paddedRowLength,
        target: weightGradient + channel * patches.width, targetStride: runLength,
        runCount: patches.kernel, runLength: runLength,
        offsets: channelOffsets + channel * pooled.pixelCount,
        values: channelValues + channel * pooled.pixelCount,
        entryCount: Int(channelCounts[channel])))
  }
}
