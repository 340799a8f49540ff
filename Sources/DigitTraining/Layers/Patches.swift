import DigitModel

/// The patches of an image under a convolution's kernel, one a row, in HWC order within.
struct Patches: Sendable {
  let input: FeatureShape
  let kernel: Int
  let stride: Int
  let padding: Int
  /// Positions of the kernel, down and across.
  let rows: Int
  let columns: Int

  init(input: FeatureShape, convolution: Convolution) {
    self.input = input
    kernel = convolution.kernel
    stride = convolution.stride
    padding = convolution.padding
    rows = convolution.window.positionCount(along: input.height)
    columns = convolution.window.positionCount(along: input.width)
  }

  /// Floats in one patch.
  var width: Int { kernel * kernel * input.channels }
  var rowCount: Int { rows * columns }
  /// Floats in all patches of one image.
  var count: Int { rowCount * width }

  private var paddedMap: PaddedMap { PaddedMap(map: input, padding: padding) }
  /// Floats in a row of the image with its padding; and in all of it, 0 where there is none.
  var paddedRowLength: Int { paddedMap.rowLength }
  var paddedCount: Int { padding == 0 ? 0 : paddedMap.count }

  /// The image with zeros around it, in `memory` where there is any padding.
  func padded(
    _ image: UnsafePointer<Float>, in memory: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float> {
    guard padding > 0 else { return image }
    paddedMap.clear(memory)
    paddedMap.fill(memory, with: image)
    return UnsafePointer(memory)
  }

  /// Sets the image to the sum of what its patches hold.
  func scatter(_ source: UnsafePointer<Float>, to image: UnsafeMutablePointer<Float>) {
    image.update(repeating: 0, count: input.count)
    forEachKernelRow { run in
      let from = source + run.target + run.leading
      let to = image + run.source
      for index in 0..<run.count { to[index] += from[index] }
    }
  }

  /// One row of one patch: `leading` zeros, then `count` floats of the image from `source` on.
  private struct Run {
    var target: Int
    var leading: Int
    var source: Int
    var count: Int
  }

  @inline(__always)
  private func forEachKernelRow(_ body: (Run) -> Void) {
    let rowLength = kernel * input.channels
    var target = 0
    for patchRow in 0..<rows {
      for patchColumn in 0..<columns {
        let left = patchColumn * stride - padding
        let first = max(left, 0)
        let last = min(left + kernel, input.width)
        for kernelRow in 0..<kernel {
          let y = patchRow * stride - padding + kernelRow
          let isInside = y >= 0 && y < input.height && first < last
          body(
            Run(
              target: target,
              leading: isInside ? (first - left) * input.channels : rowLength,
              source: isInside ? (y * input.width + first) * input.channels : 0,
              count: isInside ? (last - first) * input.channels : 0))
          target += rowLength
        }
      }
    }
  }
}
