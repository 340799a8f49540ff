/// What is wrong with the form of a request. After any of these nobody can tell where the next
/// request begins, so the connection ends.
extension HTTPProblem {
  static func malformed(_ code: String, _ message: String) -> HTTPProblem {
    HTTPProblem(.badRequest, code: code, message, closes: true)
  }

  static func notARequest(firstByte: UInt8) -> HTTPProblem {
    let hint = firstByte == 0x16 ? " of a TLS handshake: use http://" : ""
    return malformed(
      "not_http", "expected the method of an HTTP/1.1 request, got \(firstByte.described)\(hint)")
  }

  static func requestLine(_ place: String, got byte: UInt8) -> HTTPProblem {
    malformed(
      "bad_request_line",
      "expected 'METHOD TARGET HTTP/1.1' with single blanks, got \(byte.described) \(place)")
  }

  static var noVersion: HTTPProblem {
    HTTPProblem(
      .versionNotSupported, code: "http_version_not_supported",
      "expected HTTP/1.1 or HTTP/1.0 after the target, got no version", closes: true)
  }

  static func version(got: String) -> HTTPProblem {
    HTTPProblem(
      .versionNotSupported, code: "http_version_not_supported",
      "expected HTTP/1.1 or HTTP/1.0, got \(got)", closes: true)
  }

  static func lineEnd(got byte: UInt8) -> HTTPProblem {
    malformed(
      "bad_line_end", "expected CR LF at the end of a line, got \(byte.described)")
  }

  static var foldedLine: HTTPProblem {
    malformed(
      "folded_header", "expected each header on one line, got a line that begins with white space")
  }

  static func fieldName(got byte: UInt8) -> HTTPProblem {
    malformed(
      "bad_header_name",
      "expected letters, digits or - in a header's name and then ':', got \(byte.described)")
  }

  static func fieldValue(got byte: UInt8) -> HTTPProblem {
    malformed(
      "control_character",
      "expected no control characters in a header's value, got \(byte.described)")
  }

  static func targetTooLong(limit: Int) -> HTTPProblem {
    HTTPProblem(
      .uriTooLong, code: "target_too_long",
      "expected a target of at most \(limit) bytes, got more", closes: true)
  }

  static func headTooLarge(limit: Int) -> HTTPProblem {
    HTTPProblem(
      .headerFieldsTooLarge, code: "header_too_large",
      "expected a header of at most \(limit) bytes, got more", closes: true)
  }

  static func tooManyFields(limit: Int) -> HTTPProblem {
    HTTPProblem(
      .headerFieldsTooLarge, code: "too_many_headers",
      "expected at most \(limit) lines of header, got more", closes: true)
  }

  static func bodyTooLarge(_ byteCount: UInt64?, limit: Int) -> HTTPProblem {
    HTTPProblem(
      .contentTooLarge, code: "body_too_large",
      "expected a body of at most \(limit) bytes, got \(byteCount.map { "\($0)" } ?? "more")",
      closes: true)
  }

  static func chunkLineTooLong(limit: Int) -> HTTPProblem {
    malformed(
      "bad_chunk", "expected at most \(limit) bytes in the line before a chunk, got more")
  }

  static func chunkLength(got byte: UInt8) -> HTTPProblem {
    malformed(
      "bad_chunk", "expected a chunk's length in hexadecimal, got \(byte.described)")
  }

  static func chunkEnd(got byte: UInt8) -> HTTPProblem {
    malformed("bad_chunk", "expected CR LF after a chunk, got \(byte.described)")
  }

  static func contentLength(_ got: String) -> HTTPProblem {
    malformed("bad_content_length", "expected one Content-Length in decimal digits, got \(got)")
  }

  static var unknownMethod: HTTPProblem {
    let known = HTTPMethod.allCases.map(\.rawValue).joined(separator: ", ")
    return HTTPProblem(
      .notImplemented, code: "unknown_method", "expected one of \(known), got another method",
      closes: true)
  }

  static func transferCoding(_ got: String) -> HTTPProblem {
    HTTPProblem(
      .notImplemented, code: "unknown_transfer_coding",
      "expected 'Transfer-Encoding: chunked' or none, got '\(got)'", closes: true)
  }
}
