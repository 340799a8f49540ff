/// What a step of a plan does for one image.
package struct StepWork: Equatable, Sendable {
  /// Such as "convolution 3×3, 32 → 64".
  package var name: String
  /// Multiplications and additions by the layer's definition; 0 where they do not count.
  package var operations = 0
  /// Those that are executed: fewer by Winograd's tiles, more where vectors are filled up. What
  /// depends on the images counts as if it were executed: zeros and blank tiles that are passed
  /// over, so that a step may seem to do more than a core can.
  package var executed = 0
  package var factors = Factors.floats

  /// What is multiplied: a core has another peak for each.
  package enum Factors: String, Equatable, Sendable, CaseIterable {
    case floats = "f32"
    /// Floats of 16 bits.
    case halves = "bf16"
    /// Unsigned bytes by signed ones.
    case bytes = "int8"
    /// Integers of 16 bits.
    case shorts = "int16"
  }
}

/// Where the time of a plan goes.
package struct StepTime: Sendable {
  package var work: StepWork
  /// Of all images of a run together.
  package var duration: Duration
}
