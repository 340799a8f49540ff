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
  /// The entries of the four pixels of a window, [4][filters].
  private let pixelValues: UnsafeMutablePointer<Float>
  private let pixelOffsets: UnsafeMutablePointer<Int32>

  /// Floats of memory.
  static func floatCount(_ product: ConvolutionProduct, _ pooled: FeatureShape) -> Int {
    let filters = product.filters
    return 2 * filters * product.patches.width + 2 * filters + 2 * filters * pooled.pixelCount
      + 8 * filters
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
    pixelValues = take(4 * filters)
    pixelOffsets = takeIntegers(4 * filters)
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
  ///   - windows: the position of each maximum: see `WindowMaxima`.
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
        let offset = (y * pooled.width + x) * filters
        let first = 2 * (y * rowStride + x * columnStride)
        // Where the patches of the window's pixels begin.
        let starts: InlineArray<4, Int> = [
          first, first + columnStride, first + rowStride, first + rowStride + columnStride,
        ]
        let counts = list(windows + offset, gradient + offset, starts)
        guard let inputGradient else { continue }
        for pixel in 0..<4 where counts[pixel] > 0 {
          addInputGradient(inputGradient + starts[pixel], pixel: pixel, count: counts[pixel])
        }
      }
    }
    for channel in 0..<filters { addWeightGradient(channel, input) }
  }

  /// Puts one window's entries on the lists of their pixels and channels. Returns how many each
  /// pixel got.
  @inline(__always)
  private func list(
    _ windows: UnsafePointer<UInt8>, _ gradient: UnsafePointer<Float>,
    _ starts: InlineArray<4, Int>
  ) -> InlineArray<4, Int> {
    var counts: InlineArray<4, Int> = .init(repeating: 0)
    for first in stride(from: 0, to: filters, by: LiveBits.channelCountMax) {
      let bits = LiveBits(
        windows + first, gradient + first,
        count: min(LiveBits.channelCountMax, filters - first))
      for pixel in 0..<4 {
        var live = bits.pixels[pixel]
        while live != 0 {
          let channel = first + live.trailingZeroBitCount
          live &= live - 1
          let value = gradient[channel]
          let offset = pixel * filters + counts[pixel]
          pixelValues[offset] = value
          pixelOffsets[offset] = Int32(truncatingIfNeeded: channel * patches.width)
          counts[pixel] += 1
          let last = channel * pooled.pixelCount + Int(channelCounts[channel])
          channelValues[last] = value
          channelOffsets[last] = Int32(truncatingIfNeeded: starts[pixel])
          channelCounts[channel] += 1
          biasGradient[channel] += value
        }
      }
    }
    return counts
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
