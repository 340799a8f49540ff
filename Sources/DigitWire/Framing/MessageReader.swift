/// Cuts a byte stream into whole messages, wherever the reads end: `FrameDecoder` for whoever
/// needs a payload in one piece.
public struct MessageReader: Sendable {
  @usableFromInline var decoder: FrameDecoder
  @usableFromInline var collector = PayloadCollector()
  /// Whose payload is being collected.
  @usableFromInline var begun = FrameHeader(.error)

  public init(payloadByteCountMax: Int) {
    decoder = FrameDecoder(payloadByteCountMax: payloadByteCountMax)
  }

  /// Gives the next whole message of `input` to `body`; nil when the input is used up.
  ///
  /// After a throw the stream cannot be read further.
  @inlinable
  public mutating func next<Value>(
    _ input: inout UnsafeRawBufferPointer,
    _ body: (FrameHeader, UnsafeRawBufferPointer) -> Value
  ) throws(FramingError) -> Value? {
    while let element = try decoder.next(&input) {
      switch element {
      case .header(let header):
        guard header.payloadByteCount > 0 else {
          return body(header, UnsafeRawBufferPointer(start: nil, count: 0))
        }
        begun = header
      case .payload(let piece, let remaining):
        let header = begun
        if let value = collector.add(piece, remaining: remaining, { body(header, $0) }) {
          return value
        }
      }
    }
    return nil
  }
}
