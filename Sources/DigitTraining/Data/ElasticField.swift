/// A smooth random displacement of every pixel: a grid of 6 × 6 normally distributed nodes, whose
/// corners lie on those of the image, interpolated by cubic convolution with a = −1/2 (Keys, IEEE
/// Transactions on Acoustics, Speech, and Signal Processing 29(6), 1981). After Simard, Steinkraus
/// and Platt, ICDAR 2003.
package struct ElasticField: Sendable {
  static let nodes = 6

  let height: Int
  let width: Int
  /// What each node counts in each row, [height][nodes]; and in each column, [width][nodes].
  private let rowWeights: [Float]
  private let columnWeights: [Float]

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
    rowWeights = Self.weights(height)
    columnWeights = Self.weights(width)
  }

  /// Lends the displacements across and down, in pixels, [height][width] each.
  /// - Parameter deviation: of the nodes, in pixels.
  package func withDisplacements(
    deviation: Float, _ random: inout RandomSource,
    _ body: (_ across: UnsafePointer<Float>, _ down: UnsafePointer<Float>) -> Void
  ) {
    let nodes = (0..<2 * Self.nodes * Self.nodes).map { _ in random.normal() * deviation }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * height * width) { memory in
      guard let across = memory.baseAddress else { return }
      let down = across + height * width
      nodes.withUnsafeBufferPointer { nodes in
        interpolate(nodes.baseAddress!, into: across)
        interpolate(nodes.baseAddress! + Self.nodes * Self.nodes, into: down)
      }
      body(across, down)
    }
  }

  /// Rows first: each row of the image mixes the rows of nodes, and its pixels the result.
  private func interpolate(
    _ nodes: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    let count = Self.nodes
    var mixed: InlineArray<6, Float> = .init(repeating: 0)
    for y in 0..<height {
      for column in 0..<count {
        mixed[column] = 0
        for row in 0..<count {
          mixed[column] += rowWeights[y * count + row] * nodes[row * count + column]
        }
      }
      for x in 0..<width {
        var sum: Float = 0
        for column in 0..<count { sum += columnWeights[x * count + column] * mixed[column] }
        target[y * width + x] = sum
      }
    }
  }

  /// Beyond the edges the outermost node repeats.
  private static func weights(_ extent: Int) -> [Float] {
    var weights = [Float](repeating: 0, count: extent * nodes)
    for pixel in 0..<extent {
      let position = Float(pixel) * Float(nodes - 1) / Float(max(extent - 1, 1))
      let left = min(Int(position), nodes - 2)
      for tap in -1...2 {
        let node = min(max(left + tap, 0), nodes - 1)
        weights[pixel * nodes + node] += cubic(position - Float(left + tap))
      }
    }
    return weights
  }

  private static func cubic(_ distance: Float) -> Float {
    let x = abs(distance)
    if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
    if x < 2 { return ((-0.5 * x + 2.5) * x - 4) * x + 2 }
    return 0
  }
}
