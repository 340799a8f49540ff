/// Which requests the request log tells: each with the same chance, whatever came before it.
package struct RequestSample {
  /// Numbers below this are told; nil for all.
  private let bound: UInt64?

  /// - Parameter fraction: of all requests, from 0 to 1.
  package init(fraction: Double) {
    bound = fraction >= 1 ? nil : UInt64(max(fraction, 0) * 0x1p64)
  }

  package func takes(using generator: inout some RandomNumberGenerator) -> Bool {
    guard let bound else { return true }
    return generator.next() < bound
  }
}
