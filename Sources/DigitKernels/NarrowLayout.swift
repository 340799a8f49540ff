import KernelInterface

/// How weights (depth × columns) are rounded and packed for `NarrowRowProduct`.
///
///     [panel][run][group][two vectors of columns][the group's weights: 4 bytes]
///
/// The last panel is one vector of columns wide where that is enough. Runs that are no whole number
/// of groups long, and columns that are missing, are filled up with zeros.
package struct NarrowLayout: ColumnPanels, BitwiseCopyable, Equatable, Sendable {
  package let element: NarrowElement
  /// Columns that a vector register sums up.
  package let vectorWidth: Int

  package init(element: NarrowElement, vectorWidth: Int) {
    self.element = element
    self.vectorWidth = vectorWidth
  }

  /// Elements that are multiplied at a time.
  package var groupLength: Int { 4 / element.byteCount }

  package func groupCount(runLength: Int) -> Int { (runLength + groupLength - 1) / groupLength }

  /// Longest depth whose sums cannot overflow.
  package static func depthMax(_ element: NarrowElement) -> Int {
    switch element {
    case .uint8: Int(Int32.max) / (255 * 127)
    case .bfloat16: .max
    }
  }

  /// Bytes from one panel to the next.
  package func panelStride(runCount: Int, runLength: Int) -> Int {
    runCount * groupCount(runLength: runLength) * 4 * panelWidth
  }

  /// Bytes that `pack` writes, at most.
  package func byteCount(runCount: Int, runLength: Int, columns: Int) -> Int {
    panelStride(runCount: runCount, runLength: runLength)
      * (paddedColumnCount(columns) / panelWidth)
  }

  /// What became of a column's weights: weight = packed weight × scale.
  package struct Column: Equatable, Sendable {
    package var scale: Float
    /// Of its packed weights: what a zero point counts times.
    package var sum: Double
  }

  /// Rounds each column, for bytes to −127…127 by its largest weight, and packs it.
  ///
  /// - Parameters:
  ///   - weights: [runCount × runLength, columns], row-major, finite.
  ///   - target: `byteCount` bytes of zero.
  package func pack(
    _ weights: [Float], runCount: Int, runLength: Int, columns: Int,
    into target: UnsafeMutableRawPointer
  ) -> [Column] {
    let groups = groupCount(runLength: runLength)
    return (0..<columns).map { column in
      let panel = column / panelWidth
      let width = min(panelWidth, columnCountInVectors(columns - panel * panelWidth))
      let start =
        target + panel * panelStride(runCount: runCount, runLength: runLength)
        + 4 * (column % panelWidth)
      var packed = Column(scale: scale(of: weights, column: column, columns), sum: 0)
      for run in 0..<runCount {
        for element in 0..<runLength {
          let weight = weights[(run * runLength + element) * columns + column]
          let group = start + (run * groups + element / groupLength) * 4 * width
          packed.sum += store(weight / packed.scale, at: element % groupLength, in: group)
        }
      }
      return packed
    }
  }

  private func scale(of weights: [Float], column: Int, _ columns: Int) -> Float {
    guard element == .uint8 else { return 1 }
    let largest = stride(from: column, to: weights.count, by: columns)
      .reduce(Float(0)) { max($0, abs(weights[$1])) }
    // Any scale is exact for a column of zeros; subnormal scales count as that.
    return largest / 127 >= .leastNormalMagnitude ? largest / 127 : 1
  }

  /// Returns what is stored.
  private func store(
    _ weight: Float, at index: Int, in group: UnsafeMutableRawPointer
  ) -> Double {
    switch element {
    case .uint8:
      let byte = Int8(weight.rounded(.toNearestOrEven))
      group.storeBytes(of: byte, toByteOffset: index, as: Int8.self)
      return Double(byte)
    case .bfloat16:
      let bits = weight.bfloat16Bits
      group.storeBytes(of: bits, toByteOffset: 2 * index, as: UInt16.self)
      return Double(Float(bfloat16Bits: bits))
    }
  }
}
