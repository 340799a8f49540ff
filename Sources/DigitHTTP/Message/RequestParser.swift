import CHTTPParser

/// Reads one client's requests, wherever the reads happen to end. Every byte passes our own
/// grammar, which is strict, then http_parser; where the two disagree the request is refused.
///
/// A head is collected (`HTTPLimits` bounds it), a body is handed on as it comes, in pieces that
/// lie in the caller's own buffer. Requests follow one another (RFC 9112, section 9.3.2).
///
///     read 1                        read 2
///     | head | bo                 | dy | head | bo
///            ^ .head, .body            ^ .body, .end
///                                             ^ .head, .body
package struct RequestParser {
  package enum Element {
    /// A request begins. `body` elements follow if it `hasBody`, then `end`.
    case head(RequestHead)
    /// The next piece of the body, never empty.
    case body(UnsafeRawBufferPointer)
    /// The request is whole.
    case end
  }

  /// Where in a request the next byte belongs.
  package enum Phase: Equatable, Sendable { case between, head, body }

  private let limits: HTTPLimits
  private var lexer = RequestLexer()
  private var state: State
  private var bodyByteCount = 0

  private enum State {
    case head(HeadGrammar)
    case length(remaining: UInt64)
    case chunkLine(ChunkLineGrammar)
    case chunk(remaining: UInt64, ChunkLineGrammar)
    case trailer(HeadGrammar)
    case end
    case failed(HTTPProblem)
  }

  package init(limits: HTTPLimits = HTTPLimits()) {
    self.limits = limits
    state = .head(HeadGrammar(limits: limits))
  }

  package var phase: Phase {
    switch state {
    case .head(let grammar): grammar.isBeforeRequest ? .between : .head
    case .length, .chunkLine, .chunk, .trailer: .body
    case .end, .failed: .between
    }
  }

  /// Takes the next element off the front of `input`; nil when `input` is used up.
  ///
  /// After a throw the stream cannot be read further, and every other call throws the same.
  package mutating func next(
    _ input: inout UnsafeRawBufferPointer
  ) throws(HTTPProblem) -> Element? {
    do {
      while true {
        if let element = try step(&input) { return element }
        if input.isEmpty, !isAtEnd { return nil }
      }
    } catch {
      state = .failed(error)
      throw error
    }
  }

  private var isAtEnd: Bool { if case .end = state { true } else { false } }

  private mutating func step(
    _ input: inout UnsafeRawBufferPointer
  ) throws(HTTPProblem) -> Element? {
    switch state {
    case .head(let grammar): return try takeHead(of: &input, grammar)
    case .length(let remaining): return try takeBody(of: &input, remaining: remaining)
    case .chunkLine(let grammar): try takeChunkLine(of: &input, grammar)
    case .chunk(let remaining, let grammar):
      return try takeChunk(of: &input, remaining: remaining, grammar)
    case .trailer(let grammar): try takeTrailer(of: &input, grammar)
    case .end:
      lexer = RequestLexer()
      bodyByteCount = 0
      state = .head(HeadGrammar(limits: limits))
      return .end
    case .failed(let problem): throw problem
    }
    return nil
  }

  private mutating func takeHead(
    of input: inout UnsafeRawBufferPointer, _ grammar: HeadGrammar
  ) throws(HTTPProblem) -> Element? {
    var grammar = grammar
    let (count, outcome) = grammar.take(input)
    try lexer.read(input.takeFirst(count))
    switch outcome {
    case .more:
      state = .head(grammar)
      return nil
    case .refused(let problem): throw problem
    case .complete: return .head(try takeHead())
    }
  }

  private mutating func takeHead() throws(HTTPProblem) -> RequestHead {
    let (head, framing) = try lexer.takeHead()
    switch framing {
    case .none, .length(0):
      state = .end
    case .length(let length):
      guard length <= limits.bodyByteCountMax else {
        throw .bodyTooLarge(length, limit: limits.bodyByteCountMax)
      }
      state = .length(remaining: length)
    case .chunked:
      state = .chunkLine(ChunkLineGrammar(limits: limits))
    }
    try lexer.check(lexer.isMessageComplete == isAtEnd)
    return head
  }

  private mutating func takeBody(
    of input: inout UnsafeRawBufferPointer, remaining: UInt64
  ) throws(HTTPProblem) -> Element? {
    guard let piece = try takePiece(of: &input, remaining: remaining) else { return nil }
    let left = remaining - UInt64(piece.count)
    state = left == 0 ? .end : .length(remaining: left)
    try lexer.check(lexer.isMessageComplete == (left == 0))
    return .body(piece)
  }

  private mutating func takePiece(
    of input: inout UnsafeRawBufferPointer, remaining: UInt64
  ) throws(HTTPProblem) -> UnsafeRawBufferPointer? {
    guard !input.isEmpty else { return nil }
    let piece = input.takeFirst(Int(min(remaining, UInt64(input.count))))
    try lexer.read(piece)
    return piece
  }
}

// MARK: Chunks

extension RequestParser {
  private mutating func takeChunkLine(
    of input: inout UnsafeRawBufferPointer, _ grammar: ChunkLineGrammar
  ) throws(HTTPProblem) {
    var grammar = grammar
    let (count, outcome) = grammar.take(input)
    try lexer.read(input.takeFirst(count))
    switch outcome {
    case .more: state = .chunkLine(grammar)
    case .refused(let problem): throw problem
    case .complete:
      let length = try lexer.takeChunkLength()
      guard length <= UInt64(limits.bodyByteCountMax - bodyByteCount) else {
        throw .bodyTooLarge(nil, limit: limits.bodyByteCountMax)
      }
      bodyByteCount += Int(length)
      state =
        length == 0
        ? .trailer(HeadGrammar(trailerWith: limits)) : .chunk(remaining: length, grammar)
    }
  }

  private mutating func takeChunk(
    of input: inout UnsafeRawBufferPointer, remaining: UInt64, _ grammar: ChunkLineGrammar
  ) throws(HTTPProblem) -> Element? {
    guard let piece = try takePiece(of: &input, remaining: remaining) else { return nil }
    var grammar = grammar
    let left = remaining - UInt64(piece.count)
    if left == 0 {
      grammar.chunkEnded()
      state = .chunkLine(grammar)
    } else {
      state = .chunk(remaining: left, grammar)
    }
    return .body(piece)
  }

  private mutating func takeTrailer(
    of input: inout UnsafeRawBufferPointer, _ grammar: HeadGrammar
  ) throws(HTTPProblem) {
    var grammar = grammar
    let (count, outcome) = grammar.take(input)
    try lexer.read(input.takeFirst(count))
    switch outcome {
    case .more: state = .trailer(grammar)
    case .refused(let problem): throw problem
    case .complete:
      state = .end
      try lexer.check(lexer.isMessageComplete)
    }
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
