import DigitHTTP
import HTTPFixtures
import Testing

/// What a client may not send, and what it is told.
struct RefusalTests {
  struct Attack: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let status: HTTPStatus
    let code: String
    var testDescription: String { name }

    init(_ name: String, _ text: String, _ code: String, _ status: HTTPStatus = .badRequest) {
      self.name = name
      self.text = text
      self.status = status
      self.code = code
    }
  }

  @Test(arguments: framing + lines + targets + meaning)
  func `a request of more than one meaning is refused`(attack: Attack) {
    let reading = read(attack.text)
    #expect(reading.problem?.status == attack.status)
    #expect(reading.problem?.code == attack.code)
    #expect(reading.problem?.closes == true)
    #expect(reading.problem?.message.contains(", got ") == true)
    #expect(!reading.requests.contains { $0.isWhole })
  }

  private static func post(_ fields: String, _ body: String = "") -> String {
    "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(body)"
  }

  private static func chunked(_ body: String) -> String {
    post("Transfer-Encoding: chunked\r\n", body)
  }

  /// Where a body ends.
  static let framing = [
    Attack(
      "both lengths", post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      "bad_content_length"),
    Attack(
      "both lengths, the other way", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"),
      "bad_content_length"),
    Attack(
      "two lengths", post("Content-Length: 4\r\nContent-Length: 5\r\n", "hello"),
      "bad_content_length"),
    Attack(
      "the same length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
      "bad_content_length"),
    Attack("a list of lengths", post("Content-Length: 5, 5\r\n", "hello"), "bad_content_length"),
    Attack("an empty length", post("Content-Length:\r\n"), "bad_content_length"),
    Attack("a signed length", post("Content-Length: +5\r\n", "hello"), "bad_content_length"),
    Attack("a hexadecimal length", post("Content-Length: 0x5\r\n", "hello"), "bad_content_length"),
    Attack(
      "a length above 64 bits", post("Content-Length: 18446744073709551617\r\n"),
      "bad_content_length"),
    Attack(
      "an unknown transfer coding", post("Transfer-Encoding: gzip, chunked\r\n"),
      "unknown_transfer_coding",
      .notImplemented),
    Attack(
      "chunked not last", post("Transfer-Encoding: chunked, gzip\r\n"), "unknown_transfer_coding",
      .notImplemented),
    Attack(
      "chunked twice", post("Transfer-Encoding: chunked, chunked\r\n"), "unknown_transfer_coding",
      .notImplemented),
    Attack(
      "identity as a transfer coding", post("Transfer-Encoding: identity\r\n"),
      "unknown_transfer_coding",
      .notImplemented),
    Attack(
      "an empty transfer coding", post("Transfer-Encoding:\r\n"), "unknown_transfer_coding",
      .notImplemented),
    Attack(
      "two transfer codings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
      "repeated_header"),
    Attack(
      "chunks in HTTP/1.0",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "bad_transfer_encoding"),
    Attack("another end of a chunk", chunked("5\r\nhelloXX0\r\n\r\n"), "bad_chunk"),
    Attack("a bare LF after a chunk", chunked("5\r\nhello\n0\r\n\r\n"), "bad_chunk"),
    Attack("a chunk longer than told", chunked("4\r\nhello\r\n0\r\n\r\n"), "bad_chunk"),
    Attack("another end of a chunk's line", chunked("5\rXhello\r\n0\r\n\r\n"), "bad_line_end"),
    Attack("a bare LF after a length", chunked("5\nhello\r\n0\r\n\r\n"), "bad_chunk"),
    Attack("a bare LF in an extension", chunked("5;a\nb\r\nhello\r\n0\r\n\r\n"), "bad_line_end"),
    Attack("a chunk without a length", chunked("\r\nhello\r\n0\r\n\r\n"), "bad_chunk"),
    Attack("a blank after a length", chunked("5 \r\nhello\r\n0\r\n\r\n"), "bad_chunk"),
    Attack("a negative length", chunked("-5\r\nhello\r\n0\r\n\r\n"), "bad_chunk"),
    Attack("a prefix of a length", chunked("0x5\r\nhello\r\n0\r\n\r\n"), "bad_chunk"),
    Attack("a chunk above 64 bits", chunked("10000000000000005\r\nhello"), "bad_content_length"),
    Attack(
      "a bare LF in the trailer", chunked("0\r\nA: b\n\r\n"), "bad_line_end"),
    Attack("a folded trailer", chunked("0\r\nA: b\r\n c\r\n\r\n"), "folded_header"),
  ]

  /// Where a line ends, and what is in it.
  static let lines = [
    Attack("a bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", "bad_line_end"),
    Attack("a bare LF in the header", "GET / HTTP/1.1\r\nHost: a\nA: b\r\n\r\n", "bad_line_end"),
    Attack("a bare LF at its end", "GET / HTTP/1.1\r\nHost: a\r\n\n", "bad_line_end"),
    Attack(
      "a bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nA: b\rC: d\r\n\r\n", "bad_line_end"),
    Attack("a bare CR at the end", "GET / HTTP/1.1\r\nHost: a\r\n\rX", "bad_line_end"),
    Attack("a blank before a colon", post("Content-Length : 5\r\n", "hello"), "bad_header_name"),
    Attack("a tab before a colon", post("Content-Length\t: 5\r\n", "hello"), "bad_header_name"),
    Attack("a name of no character", post(": 5\r\n"), "bad_header_name"),
    Attack("a line without a colon", post("abc\r\n"), "bad_header_name"),
    Attack("a name in brackets", post("(A): 5\r\n"), "bad_header_name"),
    Attack("a folded line", post("A: b\r\n c: d\r\n"), "folded_header"),
    Attack("a line folded by a tab", post("A: b\r\n\tc\r\n"), "folded_header"),
    Attack("a folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "folded_header"),
    Attack("NUL in a value", post("A: b\0c\r\n"), "control_character"),
    Attack("a control character in a value", post("A: b\u{1}c\r\n"), "control_character"),
    Attack("DEL in a value", post("A: b\u{7F}c\r\n"), "control_character"),
    Attack("NUL in a name", post("A\0: b\r\n"), "bad_header_name"),
    Attack("NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", "bad_request_line"),
    Attack("two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "bad_request_line"),
    Attack(
      "two blanks before the version", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", "bad_request_line"),
    Attack("a blank after the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "bad_request_line"),
    Attack("a tab for a blank", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad_request_line"),
    Attack("a blank first", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", "not_http"),
    Attack("two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "not_http"),
    Attack("TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}", "not_http"),
    Attack("another protocol", "GET / ICE/1.0\r\nHost: a\r\n\r\n", "bad_request"),
    Attack("a version in small letters", "GET / http/1.1\r\nHost: a\r\n\r\n", "bad_request"),
  ]

  /// What is asked for.
  static let targets =
    [
      "/a/../b", "/..", "/a/..", "/%2e%2e/b", "/.%2E", "/./a", "/a%2Fb", "/a%5Cb", "/a\\b",
      "/a%00", "/a%0A", "/a%7f", "/a%", "/a%4", "/a%zz", "/a?b=%0", "/%ff", "/a#b", "a", "//a/../",
      "https://a/", "ftp://a/", "http://", "http:///a", "http://a@b/", "http://a:99999/", "*",
      "http://a/../b", "a:80", "/a?b=%00",
    ].map {
      Attack("the target \($0)", "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n", "bad_target")
    } + [
      Attack("a target beyond ASCII", "GET /ä HTTP/1.1\r\nHost: a\r\n\r\n", "bad_request_line")
    ]

  /// What the lines say.
  static let meaning = [
    Attack("no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n", "no_host"),
    Attack("no Host with an absolute target", "GET http://a/ HTTP/1.1\r\n\r\n", "no_host"),
    Attack("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "repeated_header"),
    Attack("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "bad_host"),
    Attack("a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "bad_host"),
    Attack("a Host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "bad_host"),
    Attack("a list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "bad_host"),
    Attack("a Host without its end", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "bad_host"),
    Attack("a Host with a bad port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "bad_host"),
    Attack("HTTP/0.9", "GET /\r\n", "http_version_not_supported", .versionNotSupported),
    Attack(
      "HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "http_version_not_supported",
      .versionNotSupported),
    Attack(
      "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http_version_not_supported",
      .versionNotSupported),
    Attack(
      "HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "http_version_not_supported",
      .versionNotSupported),
    Attack(
      "no digits of a version", "GET / HTTP/a.b\r\nHost: a\r\n\r\n", "http_version_not_supported",
      .versionNotSupported),
    Attack(
      "an unknown method", "FOO / HTTP/1.1\r\nHost: a\r\n\r\n", "unknown_method", .notImplemented),
    Attack(
      "a tunnel", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", "unknown_method", .notImplemented),
    Attack("small letters", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "unknown_method", .notImplemented),
    Attack("WebDAV", "PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n", "unknown_method", .notImplemented),
    Attack(
      "another expectation", post("Expect: 200-ok\r\nContent-Length: 1\r\n"), "unknown_expectation",
      .expectationFailed),
    Attack(
      "a compressed body", post("Content-Encoding: gzip\r\nContent-Length: 1\r\n"),
      "encoded_body", .unsupportedMediaType),
    Attack(
      "two tokens", post("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"),
      "repeated_header"),
  ]
}
