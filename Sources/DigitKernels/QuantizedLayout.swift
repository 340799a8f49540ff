/// How weights (depth × columns) are rounded to signed bytes and packed for `QuantizedRowProduct`.
///
///     [panel][run][group][two vectors of columns][four weights of the group]
///
/// The last panel is one vector of columns wide where that is enough. Runs that are no multiple of
/// four long, and columns that are missing, are filled up with zeros.
package struct QuantizedLayout: Equatable, Sendable {
  /// Columns that a vector register sums up.
  package let vectorWidth: Int

  package var panelWidth: Int { 2 * vectorWidth }

  /// Four bytes are multiplied at a time.
  package static func groupCount(runLength: Int) -> Int { (runLength + 3) / 4 }

  /// Longest depth whose sums cannot overflow.
  package static let depthMax = Int(Int32.max) / (255 * 127)

  /// Bytes from one panel to the next.
  package func panelStride(runCount: Int, runLength: Int) -> Int {
    runCount * Self.groupCount(runLength: runLength) * 4 * panelWidth
  }

  /// Bytes that `pack` writes, at most.
  package func byteCount(runCount: Int, runLength: Int, columns: Int) -> Int {
    panelStride(runCount: runCount, runLength: runLength)
      * (paddedColumnCount(columns) / panelWidth)
  }

  /// `columns` rounded up to whole panels: the length of the scales and the bias.
  package func paddedColumnCount(_ columns: Int) -> Int {
    (columns + panelWidth - 1) / panelWidth * panelWidth
  }

  /// What became of a column's weights: weight = byte × scale.
  package struct Column: Equatable, Sendable {
    package var scale: Float
    /// Of its bytes: what a zero point counts times.
    package var sum: Int
  }

  /// Rounds each column to −127…127 by its largest weight, and packs it.
  ///
  /// - Parameters:
  ///   - weights: [runCount × runLength, columns], row-major, finite.
  ///   - target: `byteCount` bytes of zero.
  package func pack(
    _ weights: [Float], runCount: Int, runLength: Int, columns: Int,
    into target: UnsafeMutablePointer<Int8>
  ) -> [Column] {
    let groups = Self.groupCount(runLength: runLength)
    return (0..<columns).map { column in
      let largest = stride(from: column, to: weights.count, by: columns)
        .reduce(Float(0)) { max($0, abs(weights[$1])) }
      // Of a column of zeros any scale tells the truth; what is hardly more counts as that.
      let scale = largest / 127 >= .leastNormalMagnitude ? largest / 127 : 1
      let panel = column / panelWidth
      let width = min(panelWidth, columnCountInVectors(columns - panel * panelWidth))
      let start =
        target + panel * panelStride(runCount: runCount, runLength: runLength)
        + 4 * (column % panelWidth)
      var sum = 0
      for run in 0..<runCount {
        for element in 0..<runLength {
          let weight = weights[(run * runLength + element) * columns + column]
          let byte = Int8((weight / scale).rounded(.toNearestOrEven))
          let group = run * groups + element / 4
          start[group * 4 * width + element % 4] = byte
          sum += Int(byte)
        }
      }
      return Column(scale: scale, sum: sum)
    }
  }

  /// `count` rounded up to whole vectors.
  package func columnCountInVectors(_ count: Int) -> Int {
    (count + vectorWidth - 1) / vectorWidth * vectorWidth
  }
}
