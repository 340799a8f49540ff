/// Cuts a byte stream into frames, wherever the reads happen to end.
///
/// It keeps at most one unfinished header (32 bytes) and hands payloads on as they come, in pieces
/// that lie in the caller's own buffer: nothing is allocated and no payload is copied here.
///
///     read 1                        read 2
///     | header | payl               | oad | header | payload | hea
///              ^ .header, .payload(4 more)
///                                   ^ .payload(0 more)
///                                         ^ .header, .payload(0 more)
public struct FrameDecoder: Sendable {
  public enum Element {
    /// A frame begins. `payload` elements follow unless its `payloadByteCount` is 0.
    case header(FrameHeader)
    /// The next piece of the payload, never empty; `remaining` bytes are still to come.
    case payload(UnsafeRawBufferPointer, remaining: Int)
  }

  /// The largest payload that is let in; checked when the header is whole.
  public var payloadByteCountMax: Int

  private var state = State.header(filled: 0)
  private var partialHeader = InlineArray<32, UInt8>(repeating: 0)

  private enum State {
    case header(filled: Int)
    case payload(remaining: Int)
  }

  public init(payloadByteCountMax: Int) {
    self.payloadByteCountMax = payloadByteCountMax
  }

  /// Whether the stream could end here without cutting a frame.
  public var isBetweenFrames: Bool {
    if case .header(filled: 0) = state { true } else { false }
  }

  /// Takes the next element off the front of `input`; nil when `input` is used up.
  ///
  /// After a throw the stream cannot be read further.
  public mutating func next(
    _ input: inout UnsafeRawBufferPointer
  ) throws(FramingError) -> Element? {
    guard !input.isEmpty else { return nil }
    switch state {
    case .header(let filled):
      guard let header = try takeHeader(from: &input, filled: filled) else { return nil }
      guard header.payloadByteCount <= payloadByteCountMax else {
        throw .tooLarge(payloadByteCount: header.payloadByteCount, limit: payloadByteCountMax)
      }
      state =
        header.payloadByteCount == 0
        ? .header(filled: 0) : .payload(remaining: header.payloadByteCount)
      return .header(header)
    case .payload(let remaining):
      let piece = input.takeFirst(min(remaining, input.count))
      let left = remaining - piece.count
      state = left == 0 ? .header(filled: 0) : .payload(remaining: left)
      return .payload(piece, remaining: left)
    }
  }

  private mutating func takeHeader(
    from input: inout UnsafeRawBufferPointer, filled: Int
  ) throws(FramingError) -> FrameHeader? {
    if filled == 0, input.count >= FrameHeader.byteCount {
      return try FrameHeader(input.takeFirst(FrameHeader.byteCount))
    }
    let taken = input.takeFirst(min(FrameHeader.byteCount - filled, input.count))
    for (index, byte) in taken.enumerated() { partialHeader[filled + index] = byte }
    guard filled + taken.count == FrameHeader.byteCount else {
      state = .header(filled: filled + taken.count)
      // Before the header is whole: other protocols' first words may be shorter than it.
      if filled + taken.count > FrameHeader.markOffset { try checkPartialMark() }
      return nil
    }
    return try withUnsafeBytes(of: partialHeader) { bytes throws(FramingError) in
      try FrameHeader(bytes)
    }
  }
}

extension FrameDecoder {
  private func checkPartialMark() throws(FramingError) {
    let mark = partialHeader[FrameHeader.markOffset]
    guard mark == FrameHeader.mark else { throw .wrongMark(got: mark) }
  }
}

extension UnsafeRawBufferPointer {
  /// Removes the first `count` bytes and returns them.
  mutating func takeFirst(_ count: Int) -> UnsafeRawBufferPointer {
    let taken = UnsafeRawBufferPointer(rebasing: self[..<count])
    self = UnsafeRawBufferPointer(rebasing: self[count...])
    return taken
  }
}
