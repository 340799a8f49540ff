/// Scaled blocks of floats added to one block: what the gradients of a convolution come down to
/// where most entries of its output's gradient are zero and only the others are visited.
///
///     target[run · targetStride + i] +=
///       Σ over entries e: value e × source[offset e + run · sourceStride + i]
///
/// for `runCount` runs of `runLength` floats.
public struct SparseSum {
  public var source: UnsafePointer<Float>
  /// Floats from one run of the source to the next.
  public var sourceStride: Int
  public var target: UnsafeMutablePointer<Float>
  /// Floats from one run of the target to the next.
  public var targetStride: Int
  public var runCount: Int
  /// A whole number of vectors.
  public var runLength: Int
  /// Where each entry's block begins, in floats from `source`.
  public var offsets: UnsafePointer<Int32>
  public var values: UnsafePointer<Float>
  public var entryCount: Int

  public init(
    source: UnsafePointer<Float>, sourceStride: Int, target: UnsafeMutablePointer<Float>,
    targetStride: Int, runCount: Int, runLength: Int, offsets: UnsafePointer<Int32>,
    values: UnsafePointer<Float>, entryCount: Int
  ) {
    self.source = source
    self.sourceStride = sourceStride
    self.target = target
    self.targetStride = targetStride
    self.runCount = runCount
    self.runLength = runLength
    self.offsets = offsets
    self.values = values
    self.entryCount = entryCount
  }
}
