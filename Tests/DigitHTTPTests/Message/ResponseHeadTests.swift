import DigitHTTP
import Foundation
import Testing

struct ResponseHeadTests {
  private let date = "Sun, 06 Nov 1994 08:49:37 GMT"

  private func text(_ head: ResponseHead) -> String {
    var bytes: [UInt8] = []
    head.append(to: &bytes, date: date)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `an answer's head has its length, its date and what keeps a browser safe`() {
    let head = ResponseHead(
      .ok, contentType: "application/json", contentLength: 1_234, keepsAlive: true)
    let expected = """
      HTTP/1.1 200 OK
      Date: Sun, 06 Nov 1994 08:49:37 GMT
      Content-Type: application/json
      Content-Length: 1234
      Connection: keep-alive
      Cache-Control: no-store
      Content-Security-Policy: default-src 'none'; frame-ancestors 'none'
      X-Content-Type-Options: nosniff
      Referrer-Policy: no-referrer
      Cross-Origin-Resource-Policy: same-origin


      """
    #expect(text(head) == expected.replacing("\n", with: "\r\n"))
  }

  @Test func `a status without a body has no length`() {
    let text = text(ResponseHead(.notModified, keepsAlive: false))
    #expect(text.hasPrefix("HTTP/1.1 304 Not Modified\r\n"))
    #expect(!text.contains("Content-Length") && text.contains("\r\nConnection: close\r\n"))
  }

  @Test func `an empty body has the length 0`() {
    #expect(text(ResponseHead(.ok, keepsAlive: true)).contains("\r\nContent-Length: 0\r\n"))
  }

  @Test func `a value cannot begin a line`() {
    var head = ResponseHead(.ok, contentType: "a\r\nb", keepsAlive: true)
    head.fields.append(.init("X-Request-Id", "1\r\nSet-Cookie: a=b\n\0"))
    let lines = text(head).components(separatedBy: "\r\n")
    #expect(lines.contains("Content-Type: a  b"))
    #expect(lines.contains("X-Request-Id: 1  Set-Cookie: a=b  "))
    #expect(text(head).utf8.filter { $0 == 0x0A }.count == lines.count - 1)
  }

  @Test func `a problem says what else to do`() {
    let refused = HTTPProblem(
      .methodNotAllowed, code: "method_not_allowed", "expected GET, got PUT", allow: [.get, .head])
    #expect(
      text(ResponseHead(refused, contentLength: 1, keepsAlive: true))
        .contains("\r\nAllow: GET, HEAD\r\n"))
    let busy = HTTPProblem(
      .serviceUnavailable, code: "overloaded", "expected …, got …", retryAfterSeconds: 2)
    #expect(
      text(ResponseHead(busy, contentLength: 1, keepsAlive: true))
        .contains("\r\nRetry-After: 2\r\n"))
    let unknown = HTTPProblem(.unauthorized, code: "no_token", "…", closes: true)
    let head = text(ResponseHead(unknown, contentLength: 1, keepsAlive: true))
    #expect(head.contains("\r\nWWW-Authenticate: Bearer\r\n"))
    #expect(head.contains("\r\nConnection: close\r\n"))
  }

  @Test func `a problem's body is JSON, whatever the texts are`() throws {
    let message = "expected \"a\\b\", got <script>\u{0}\n\t\r\u{1F}\u{7F}\u{2028} ä 😀"
    let problem = HTTPProblem(.badRequest, code: "bad", message)
    let body = problem.body(requestID: "r-\"1\"")
    let decoded = try JSONDecoder().decode([String: String].self, from: Data(body))
    #expect(decoded == ["error": message, "code": "bad", "request_id": "r-\"1\""])
    #expect(!body.contains(UInt8(ascii: "<")) && body.filter { $0 < 0x20 } == [0x0A])
  }

  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
    (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
    (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
    (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
  ])
  func `a moment is written as RFC 9110 has it`(unixSeconds: Int, text: String) {
    #expect(httpDate(unixSeconds: unixSeconds) == text)
  }

  @Test func `every day of 60 years is the calendar's`() {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "GMT")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    for day in stride(from: 0, to: 365 * 60, by: 3) {
      let seconds = day * 86_400 + 45_296
      let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
      #expect(httpDate(unixSeconds: seconds) == expected)
    }
  }

  @Test func `every status has its reason`() {
    #expect(Set(HTTPStatus.allCases.map { "\($0.reason)" }).count == HTTPStatus.allCases.count)
  }
}
