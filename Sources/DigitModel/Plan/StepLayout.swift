import DigitKernels

/// What one step of a plan does, and on which memory: plain values, without weights or kernels.
package enum StepLayout: Equatable {
  case clearHalo(MapRegion)
  case convolution(ConvolutionLayout)
  case dense(DenseLayout)
  case pooling(Pooling, from: MapRegion, to: MapRegion)
  /// x × scale + shift, in place. `stage` says whose.
  case scaling(stage: Int, MapRegion)
  case curve(Curve, MapRegion)
  case quantizing(from: MapRegion, to: MapRegion)
}

/// A convolution with all that is fused into it.
package struct ConvolutionLayout: Equatable {
  /// The index of the stage whose weights it multiplies.
  package var stage: Int
  package var window: SlidingWindow
  /// Whether each result is the maximum over 2 × 2 positions of the window, two apart.
  package var poolsByTwo: Bool
  package var source: MapRegion
  package var target: MapRegion
  /// What it multiplies; nil for floats.
  package var element: NarrowElement?
  package var method: Method

  package enum Method: Equatable {
    /// Each position of the window is a row of a matrix product.
    case windows
    /// In Winograd's tiles of 4 × 4 results, with scratch memory that starts at this float of the
    /// workspace.
    case tiles(scratch: Int)
  }

  /// Where the windows begin and where their results go, for the images of a group: in elements
  /// from the first image in source and target. Where pooling is fused, the four windows of a
  /// result follow each other.
  package func rowOffsets(groupCount: Int) -> (inputs: [Int], outputs: [Int]) {
    var inputs: [Int] = []
    var outputs: [Int] = []
    let positionsPerSide = poolsByTwo ? 2 : 1
    for image in 0..<groupCount {
      for y in 0..<target.layout.height {
        for x in 0..<target.layout.width {
          outputs.append(image * target.region.imageStride + target.layout.offset(y: y, x: x))
          for row in 0..<positionsPerSide {
            for column in 0..<positionsPerSide {
              inputs.append(
                image * source.region.imageStride
                  + firstTap(
                    row: positionsPerSide * y + row, column: positionsPerSide * x + column))
            }
          }
        }
      }
    }
    return (inputs, outputs)
  }

  /// The window's first tap on the padded map: the halo holds the padding.
  private func firstTap(row: Int, column: Int) -> Int {
    let corner = source.layout.halo - window.padding
    return (row * window.stride + corner) * source.layout.rowStride
      + (column * window.stride + corner) * source.layout.channels
  }
}

/// A dense layer, or a part of one: a long layer is cut into parts, each of which adds to what the
/// one before left in the target.
package struct DenseLayout: Equatable {
  /// The index of the stage whose weights it multiplies.
  package var stage: Int
  /// Inputs of the whole layer.
  package var depth: Int
  /// The inputs that this part multiplies.
  package var part: Range<Int>
  package var columns: Int
  package var source: Region
  package var target: Region
  /// What it multiplies; nil for floats.
  package var element: NarrowElement?
  /// Whether it passes over inputs that are zero, and over those that are zero in several images.
  package var skipsZeros: Bool
  package var skipsSharedZeros: Bool
  /// At which float of the workspace the list of the images' pixels starts; nil where they lie in
  /// `source`.
  package var pixelList: Int?

  package var isFirst: Bool { part.lowerBound == 0 }
  package var isLast: Bool { part.upperBound == depth }
}
