import CHTTPParser

/// http_parser over one request: feeds it and keeps what it tells.
struct RequestLexer {
  private var parser = http_parser()
  private var found = Findings()

  /// What the callbacks leave behind.
  fileprivate struct Findings {
    var fields = FieldList()
    var isHeadComplete = false
    var isMessageComplete = false
    var chunkLength: UInt64?
  }

  init() { http_parser_init(&parser, HTTP_REQUEST) }

  var isMessageComplete: Bool { found.isMessageComplete }

  /// Reads bytes that the grammar let pass: all of them, or the request is refused.
  mutating func read(_ bytes: UnsafeRawBufferPointer) throws(HTTPProblem) {
    guard !bytes.isEmpty else { return }
    if !found.isHeadComplete { found.fields.reserve(bytes.count) }
    let count = Self.execute(&parser, &found, bytes)
    let error = http_errno(rawValue: parser.http_errno)
    // It stops by itself where a request ends.
    if error == HPE_PAUSED {
      http_parser_pause(&parser, 0)
    } else if error != HPE_OK {
      throw problem(of: error)
    }
    try check(count == bytes.count)
  }

  private static func execute(
    _ parser: inout http_parser, _ found: inout Findings, _ bytes: UnsafeRawBufferPointer
  ) -> Int {
    withUnsafeMutablePointer(to: &found) { found in
      parser.data = UnsafeMutableRawPointer(found)
      defer { parser.data = nil }
      let start = bytes.baseAddress!.assumingMemoryBound(to: CChar.self)
      return http_parser_execute(&parser, &callbacks, start, bytes.count)
    }
  }

  /// The grammar says that the head has ended here.
  mutating func takeHead() throws(HTTPProblem) -> (head: RequestHead, framing: RequestHead.Framing)
  {
    try check(found.isHeadComplete)
    let fields = found.fields
    found.fields = FieldList()
    try fields.checkOnce()
    guard parser.http_major == 1, parser.http_minor <= 1 else {
      throw .version(got: "HTTP/\(parser.http_major).\(parser.http_minor)")
    }
    let method = try HTTPMethod(http_method(rawValue: parser.method))
    let minor = Int(parser.http_minor)
    let framing = try fields.framing(versionMinor: minor)
    let target = try RequestTarget(fields.target, method: method)
    let head = try RequestHead(
      (method, target, minor), fields: fields, framing: framing,
      keepsAlive: http_should_keep_alive(&parser) != 0)
    return (head, framing)
  }

  /// The grammar says that the line before a chunk has ended here.
  mutating func takeChunkLength() throws(HTTPProblem) -> UInt64 {
    try check(found.chunkLength != nil)
    defer { found.chunkLength = nil }
    return found.chunkLength ?? 0
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

// MARK: Callbacks

/// What http_parser calls. Written once, before any thread reads it.
nonisolated(unsafe) private var callbacks: http_parser_settings = {
  var settings = http_parser_settings()
  http_parser_settings_init(&settings)
  settings.on_url = { parser, start, count in
    findings(parser) { $0.fields.appendTarget(bytes(start, count)) }
  }
  settings.on_header_field = { parser, start, count in
    findings(parser) { if !$0.isHeadComplete { $0.fields.appendName(bytes(start, count)) } }
  }
  settings.on_header_value = { parser, start, count in
    findings(parser) { if !$0.isHeadComplete { $0.fields.appendValue(bytes(start, count)) } }
  }
  settings.on_headers_complete = { parser in
    // Another protocol is never spoken here: what follows is HTTP.
    parser!.pointee.upgrade = 0
    return findings(parser) { $0.isHeadComplete = true }
  }
  settings.on_chunk_header = { parser in
    let length = parser!.pointee.content_length
    return findings(parser) { $0.chunkLength = length }
  }
  settings.on_message_complete = { parser in
    http_parser_pause(parser, 1)
    return findings(parser) { $0.isMessageComplete = true }
  }
  return settings
}()

private func findings(
  _ parser: UnsafeMutablePointer<http_parser>?, _ change: (inout RequestLexer.Findings) -> Void
) -> CInt {
  change(&parser!.pointee.data.assumingMemoryBound(to: RequestLexer.Findings.self).pointee)
  return 0
}

private func bytes(_ start: UnsafePointer<CChar>?, _ count: Int) -> UnsafeRawBufferPointer {
  UnsafeRawBufferPointer(start: start, count: count)
}
