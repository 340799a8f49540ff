import CHTTPParser

/// http_parser over one message after another: feeds it and keeps what it tells.
struct MessageLexer {
  private(set) var parser = http_parser()
  var found = Findings()
  private let type: http_parser_type

  /// What the callbacks leave behind.
  struct Findings {
    var fields = FieldList()
    var isHeadComplete = false
    var isMessageComplete = false
    var chunkLength: UInt64?
    /// Of a response.
    var body: [UInt8] = []
  }

  init(_ type: http_parser_type) {
    self.type = type
    http_parser_init(&parser, type)
  }

  /// Whether the connection goes on after this message.
  var keepsAlive: Bool { withUnsafePointer(to: parser) { http_should_keep_alive($0) != 0 } }

  /// Reads until the message ends or breaks a rule.
  /// - Returns: how many bytes it has read, and what it did not understand.
  mutating func execute(_ bytes: UnsafeRawBufferPointer) -> (count: Int, error: http_errno?) {
    let count =
      type == HTTP_REQUEST
      ? Self.execute(&parser, &found, bytes, &requestCallbacks)
      : Self.execute(&parser, &found, bytes, &responseCallbacks)
    let error = http_errno(rawValue: parser.http_errno)
    // It stops by itself where a message ends.
    if error == HPE_PAUSED { http_parser_pause(&parser, 0) }
    return (count, error == HPE_OK || error == HPE_PAUSED ? nil : error)
  }

  /// The message has ended. Its memory is kept for the next one.
  mutating func beginNext() {
    found.fields.removeAll()
    found.body.removeAll(keepingCapacity: true)
    found.isHeadComplete = false
    found.isMessageComplete = false
    http_parser_init(&parser, type)
  }

  private static func execute(
    _ parser: inout http_parser, _ found: inout Findings, _ bytes: UnsafeRawBufferPointer,
    _ callbacks: UnsafePointer<http_parser_settings>
  ) -> Int {
    withUnsafeMutablePointer(to: &found) { found in
      parser.data = UnsafeMutableRawPointer(found)
      defer { parser.data = nil }
      let start = bytes.baseAddress!.assumingMemoryBound(to: CChar.self)
      return http_parser_execute(&parser, callbacks, start, bytes.count)
    }
  }
}

// MARK: Callbacks

/// What http_parser calls. Written once, before any thread reads it.
nonisolated(unsafe) private var requestCallbacks: http_parser_settings = {
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

/// Of an answer the body is kept too.
nonisolated(unsafe) private var responseCallbacks: http_parser_settings = {
  var settings = requestCallbacks
  settings.on_body = { parser, start, count in
    findings(parser) { $0.body.append(contentsOf: bytes(start, count)) }
  }
  return settings
}()

private func findings(
  _ parser: UnsafeMutablePointer<http_parser>?, _ change: (inout MessageLexer.Findings) -> Void
) -> CInt {
  change(&parser!.pointee.data.assumingMemoryBound(to: MessageLexer.Findings.self).pointee)
  return 0
}

private func bytes(_ start: UnsafePointer<CChar>?, _ count: Int) -> UnsafeRawBufferPointer {
  UnsafeRawBufferPointer(start: start, count: count)
}
