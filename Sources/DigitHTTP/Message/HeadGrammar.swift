/// What RFC 9112 allows in a request line, a header and a trailer, byte by byte, and nothing
/// else. Bytes pass here before http_parser reads them, which lets through what other readers on
/// the way may read differently: a bare LF, a blank before a colon, a folded line.
///
///     POST /v1/predict HTTP/1.1 CR LF     method SP target SP version
///     Host: localhost CR LF               name ":" value
///     CR LF
struct HeadGrammar {
  enum Outcome {
    /// All is well, and more must come.
    case more
    /// The last line has ended.
    case complete
    case refused(HTTPProblem)
  }

  /// Bytes so far; an empty line before the request is none of them.
  private(set) var byteCount = 0
  private var byteCountMax: Int
  private let targetByteCountMax: Int
  private let fieldCountMax: Int
  private var state: State
  private var firstBytes: UInt32 = 0
  private var targetByteCount = 0
  private var fieldCount = 0

  private enum State {
    case start, emptyLineEnd, firstByte
    case method, targetStart, target, versionStart, version, requestLineEnd
    case lineStart, name, value, lineEnd, lastLineEnd
    case ended
  }

  init(limits: HTTPLimits) {
    state = .start
    byteCountMax = limits.headByteCountMax
    targetByteCountMax = limits.targetByteCountMax
    fieldCountMax = limits.fieldCountMax
  }

  /// Of what follows the last chunk of a body.
  init(trailerWith limits: HTTPLimits) {
    self.init(limits: limits)
    state = .lineStart
    byteCountMax = limits.trailerByteCountMax
  }

  /// Reads until the head ends, breaks a rule, or `input` is used up.
  /// - Returns: how many bytes were in order.
  mutating func take(_ input: UnsafeRawBufferPointer) -> (count: Int, outcome: Outcome) {
    var index = 0
    while index < input.count {
      if state == .value { index += takeValue(input[index...]) }
      guard index < input.count else { break }
      if let problem = take(input[index]) { return (index, .refused(problem)) }
      index += 1
      if state == .ended { return (index, .complete) }
    }
    return (index, .more)
  }

  /// Values are most of a head: reads on to what ends one, or to the limit.
  /// - Returns: how many bytes were in order.
  private mutating func takeValue(_ input: Slice<UnsafeRawBufferPointer>) -> Int {
    let within = input.prefix(byteCountMax - byteCount)
    let count = (within.firstIndex { !$0.isFieldContent } ?? within.endIndex) - within.startIndex
    byteCount += count
    return count
  }

  private mutating func take(_ byte: UInt8) -> HTTPProblem? {
    switch state {
    case .start, .emptyLineEnd, .firstByte: return begin(with: byte)
    case .method, .targetStart, .target, .versionStart, .version, .requestLineEnd:
      byteCount += 1
      guard byteCount <= byteCountMax else { return .targetTooLong(limit: byteCountMax) }
      return takeOfRequestLine(byte)
    case .lineStart, .name, .value, .lineEnd, .lastLineEnd:
      byteCount += 1
      guard byteCount <= byteCountMax else { return .headTooLarge(limit: byteCountMax) }
      return takeOfField(byte)
    case .ended: preconditionFailure("a head is read beyond its end")
    }
  }

  /// Whether nothing of a request has come but an empty line.
  var isBeforeRequest: Bool {
    state == .start || state == .emptyLineEnd || state == .firstByte
  }

  /// One empty line may come before a request (RFC 9112, section 2.2).
  private mutating func begin(with byte: UInt8) -> HTTPProblem? {
    switch (state, byte) {
    case (.start, .carriageReturn): state = .emptyLineEnd
    case (.emptyLineEnd, .lineFeed): state = .firstByte
    case (.start, _), (.firstByte, _):
      guard byte.isTokenCharacter else { return .notARequest(firstByte: byte) }
      byteCount = 1
      firstBytes = UInt32(byte)
      state = .method
    default: return .lineEnd(got: byte)
    }
    return nil
  }

  private mutating func takeOfRequestLine(_ byte: UInt8) -> HTTPProblem? {
    switch state {
    case .method:
      if byte == .space {
        state = .targetStart
      } else if !byte.isTokenCharacter {
        return .requestLine("in the method", got: byte)
      }
      return isPreface(byte) ? .version(got: "the preface of HTTP/2") : nil
    case .targetStart, .target:
      if state == .target, byte == .space {
        state = .versionStart
        return nil
      }
      if state == .target, byte == .carriageReturn || byte == .lineFeed { return .noVersion }
      guard byte.isVisible else { return .requestLine("in the target", got: byte) }
      state = .target
      targetByteCount += 1
      guard targetByteCount <= targetByteCountMax else {
        return .targetTooLong(limit: targetByteCountMax)
      }
    case .versionStart, .version:
      if state == .version, byte == .carriageReturn {
        state = .requestLineEnd
        return nil
      }
      guard byte.isVisible else {
        return byte == .lineFeed ? .lineEnd(got: byte) : .requestLine("after the target", got: byte)
      }
      state = .version
    default:
      guard byte == .lineFeed else { return .lineEnd(got: byte) }
      state = .lineStart
    }
    return nil
  }

  /// Whether the first bytes are `PRI`, as a client of HTTP/2 begins, and as no method does.
  private mutating func isPreface(_ byte: UInt8) -> Bool {
    guard byteCount <= 3 else { return false }
    firstBytes = firstBytes << 8 | UInt32(byte)
    return firstBytes == 0x50_5249
  }

  private mutating func takeOfField(_ byte: UInt8) -> HTTPProblem? {
    switch state {
    case .lineStart:
      if byte == .carriageReturn { state = .lastLineEnd } else { return beginField(with: byte) }
    case .name:
      if byte == .colon {
        state = .value
      } else if !byte.isTokenCharacter {
        return .fieldName(got: byte)
      }
    case .value:
      if byte == .carriageReturn {
        state = .lineEnd
      } else if !byte.isFieldContent {
        return byte == .lineFeed ? .lineEnd(got: byte) : .fieldValue(got: byte)
      }
    case .lineEnd, .lastLineEnd:
      guard byte == .lineFeed else { return .lineEnd(got: byte) }
      state = state == .lineEnd ? .lineStart : .ended
    default: preconditionFailure("a field is read in the request line")
    }
    return nil
  }

  private mutating func beginField(with byte: UInt8) -> HTTPProblem? {
    if byte == .space || byte == .tab { return .foldedLine }
    guard byte.isTokenCharacter else {
      return byte == .lineFeed ? .lineEnd(got: byte) : .fieldName(got: byte)
    }
    fieldCount += 1
    guard fieldCount <= fieldCountMax else { return .tooManyFields(limit: fieldCountMax) }
    state = .name
    return nil
  }
}
