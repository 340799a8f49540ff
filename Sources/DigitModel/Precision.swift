/// The numbers that a plan computes with.
package enum Precision: String, CaseIterable, Codable, Sendable {
  /// Exact: what the network was trained in.
  case float32 = "f32"
  /// Bytes times integers of 8 or 16 bits, summed up without rounding.
  case int8
}
