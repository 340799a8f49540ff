import DigitKernels

/// The numbers that a plan computes with.
package enum Precision: String, CaseIterable, Codable, Sendable {
  /// Exact: what the network was trained in.
  case float32 = "f32"
  /// The higher halves of floats, summed up as floats.
  case bfloat16 = "bf16"
  /// Bytes times integers of 8 or 16 bits, summed up without rounding.
  case int8

  /// Whether there are instructions for it.
  package func isAvailable(_ kernels: KernelTable) -> Bool {
    element.map { kernels.narrow($0) != nil } ?? true
  }

  /// Of what the products read; nil for floats.
  var element: NarrowElement? {
    switch self {
    case .float32: nil
    case .bfloat16: .bfloat16
    case .int8: .uint8
    }
  }
}
