import CHTTPParser

/// http_parser over one request: feeds it and keeps what it tells.
struct RequestLexer {
  private var lexer = MessageLexer(HTTP_REQUEST)

  var isMessageComplete: Bool { lexer.found.isMessageComplete }

  /// Reads bytes that the grammar let pass: all of them, or the request is refused.
  mutating func read(_ bytes: UnsafeRawBufferPointer) throws(HTTPProblem) {
    guard !bytes.isEmpty else { return }
    if !lexer.found.isHeadComplete { lexer.found.fields.reserve(bytes.count) }
    let (count, error) = lexer.execute(bytes)
    if let error { throw problem(of: error) }
    try check(count == bytes.count)
  }

  /// The grammar says that the head has ended here.
  mutating func takeHead() throws(HTTPProblem) -> (head: RequestHead, framing: RequestHead.Framing)
  {
    try check(lexer.found.isHeadComplete)
    let fields = lexer.found.fields
    lexer.found.fields = FieldList()
    try fields.checkOnce()
    guard lexer.parser.http_major == 1, lexer.parser.http_minor <= 1 else {
      throw .version(got: "HTTP/\(lexer.parser.http_major).\(lexer.parser.http_minor)")
    }
    let method = try HTTPMethod(http_method(rawValue: lexer.parser.method))
    let minor = Int(lexer.parser.http_minor)
    let framing = try fields.framing(versionMinor: minor)
    let target = try RequestTarget(fields.target, method: method)
    let head = try RequestHead(
      (method, target, minor), fields: fields, framing: framing,
      keepsAlive: lexer.keepsAlive)
    return (head, framing)
  }

  /// The grammar says that the line before a chunk has ended here.
  mutating func takeChunkLength() throws(HTTPProblem) -> UInt64 {
    try check(lexer.found.chunkLength != nil)
    defer { lexer.found.chunkLength = nil }
    return lexer.found.chunkLength ?? 0
  }

  /// Whether the grammar and http_parser see the same ends.
  func check(_ agrees: Bool) throws(HTTPProblem) {
    guard agrees else {
      throw .malformed("ambiguous_request", "expected a request of one meaning, got one of two")
    }
  }
}

extension HTTPMethod {
  fileprivate init(_ method: http_method) throws(HTTPProblem) {
    switch method {
    case HTTP_GET: self = .get
    case HTTP_HEAD: self = .head
    case HTTP_POST: self = .post
    case HTTP_PUT: self = .put
    case HTTP_PATCH: self = .patch
    case HTTP_DELETE: self = .delete
    case HTTP_OPTIONS: self = .options
    case HTTP_TRACE: self = .trace
    default: throw .unknownMethod
    }
  }
}

private func problem(of error: http_errno) -> HTTPProblem {
  switch error {
  case HPE_INVALID_METHOD: .unknownMethod
  case HPE_INVALID_URL:
    .malformed("bad_target", "expected a target '/PATH[?QUERY]', got one that is no URL")
  case HPE_INVALID_VERSION: .version(got: "another version")
  case HPE_INVALID_CONTENT_LENGTH: .contentLength("another value")
  case HPE_UNEXPECTED_CONTENT_LENGTH: .contentLength("more, or Transfer-Encoding beside it")
  case HPE_INVALID_TRANSFER_ENCODING: .transferCoding("another")
  case HPE_HEADER_OVERFLOW: .headTooLarge(limit: Int(HTTP_MAX_HEADER_SIZE))
  default:
    .malformed(
      "bad_request",
      "expected a request as RFC 9112 has it, got one that cannot be read: "
        + String(cString: http_errno_description(error)))
  }
}
