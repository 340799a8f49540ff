/// What stands between the chunks of a body (RFC 9112, section 7.1), byte by byte, before
/// http_parser reads it, which as Debian compiles it takes any two bytes for the end of a chunk.
///
///     5;name=value CR LF      the length in hexadecimal, extensions
///     hello CR LF             the chunk is not read here, the end of its line is
struct ChunkLineGrammar {
  enum Outcome {
    case more
    /// The line with the chunk's length has ended.
    case complete
    case refused(HTTPProblem)
  }

  private let byteCountMax: Int
  private var byteCount = 0
  private var state = State.lengthStart

  private enum State {
    case chunkEnd, chunkLineEnd
    case lengthStart, length, extensions, lengthLineEnd
  }

  init(limits: HTTPLimits) { byteCountMax = limits.chunkLineByteCountMax }

  /// A chunk has been read, and its line must end.
  mutating func chunkEnded() {
    byteCount = 0
    state = .chunkEnd
  }

  /// Reads until the line with a chunk's length ends, breaks a rule, or `input` is used up.
  /// - Returns: how many bytes were in order.
  mutating func take(_ input: UnsafeRawBufferPointer) -> (count: Int, outcome: Outcome) {
    for (index, byte) in input.enumerated() {
      let wasAtLineEnd = state == .lengthLineEnd
      if let problem = take(byte) { return (index, .refused(problem)) }
      if wasAtLineEnd { return (index + 1, .complete) }
    }
    return (input.count, .more)
  }

  private mutating func take(_ byte: UInt8) -> HTTPProblem? {
    byteCount += 1
    guard byteCount <= byteCountMax else { return .chunkLineTooLong(limit: byteCountMax) }
    switch state {
    case .chunkEnd:
      guard byte == .carriageReturn else { return .chunkEnd(got: byte) }
      state = .chunkLineEnd
    case .chunkLineEnd:
      guard byte == .lineFeed else { return .chunkEnd(got: byte) }
      byteCount = 0
      state = .lengthStart
    case .lengthStart:
      guard byte.isHexadecimalDigit else { return .chunkLength(got: byte) }
      state = .length
    case .length:
      switch byte {
      case .carriageReturn: state = .lengthLineEnd
      case .semicolon: state = .extensions
      default: guard byte.isHexadecimalDigit else { return .chunkLength(got: byte) }
      }
    case .extensions:
      if byte == .carriageReturn {
        state = .lengthLineEnd
      } else if !byte.isFieldContent {
        return byte == .lineFeed ? .lineEnd(got: byte) : .fieldValue(got: byte)
      }
    case .lengthLineEnd:
      guard byte == .lineFeed else { return .lineEnd(got: byte) }
      state = .lengthStart
    }
    return nil
  }
}
