/// The bounds of what a network or a model file may ask for, checked before memory is taken.
package enum ModelLimits {
  package static let layerCountMax = 256
  /// Networks in an ensemble.
  package static let memberCountMax = 16
  /// Multiplications and additions for an image in a stage of a cascade: what the ensemble that
  /// ships takes. It bounds how much longer than others the images take that pass every stage.
  package static let stageOperationCountMax = 51_100_000
  /// Of a side of the input.
  package static let extentMax = 1024
  /// Of a kernel, a window, a stride. Padding is less than its kernel.
  package static let windowMax = 64
  /// Filters and units.
  package static let channelCountMax = 65_536
  /// Floats in one feature map with its padding.
  package static let mapElementCountMax = 1 << 22
  /// Images in one batch of a plan. Offsets into a batch of the largest maps fit 32 bits.
  package static let batchCountMax = 256
  /// Floats in all tensors together: seven times those of the largest network that ships.
  package static let parameterCountMax = 1 << 23
  package static let fileByteCountMax = 4 * parameterCountMax + headerByteCountMax
  package static let headerByteCountMax = 1 << 20
  package static let tensorRankMax = 8
}
