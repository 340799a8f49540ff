/// Makes one piece of a payload that may have come in several, for messages that are read whole.
///
/// A payload that lies in one read is lent as it is; only one that was cut is copied. The storage
/// never exceeds the frame limit that the decoder has already enforced.
public struct PayloadCollector: Sendable {
  @usableFromInline var storage: [UInt8] = []

  public init() {}

  /// Adds a piece; calls `body` with the whole payload when `remaining` is 0.
  @inlinable
  public mutating func add<Value>(
    _ piece: UnsafeRawBufferPointer, remaining: Int,
    _ body: (UnsafeRawBufferPointer) -> Value
  ) -> Value? {
    if remaining == 0, storage.isEmpty { return body(piece) }
    storage.append(contentsOf: piece)
    guard remaining == 0 else { return nil }
    defer { storage.removeAll(keepingCapacity: true) }
    return storage.withUnsafeBytes(body)
  }
}
