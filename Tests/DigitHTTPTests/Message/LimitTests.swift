import DigitHTTP
import HTTPFixtures
import Testing

/// What is too much is refused at its first byte too many, before it is kept.
struct LimitTests {
  private let limits: HTTPLimits = {
    var limits = HTTPLimits()
    limits.headByteCountMax = 120
    limits.targetByteCountMax = 20
    limits.fieldCountMax = 4
    limits.bodyByteCountMax = 10
    limits.chunkLineByteCountMax = 8
    limits.trailerByteCountMax = 16
    return limits
  }()

  private func check(
    _ fits: String, _ tooMuch: String, _ status: HTTPStatus, _ code: String
  ) throws {
    _ = try readOne(fits, limits: limits)
    let problem = try #require(read(tooMuch, limits: limits).problem)
    #expect(problem.status == status && problem.code == code && problem.closes)
  }

  @Test func `a target`() throws {
    let path = "/" + String(repeating: "a", count: 19)
    try check(
      "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n", "GET \(path)a", .uriTooLong, "target_too_long")
  }

  @Test func `a request line that does not end`() throws {
    let version = "GET / " + String(repeating: "H", count: 200)
    #expect(read(version, limits: limits).problem != nil)
    let method = String(repeating: "G", count: 200)
    #expect(read(method, limits: limits).problem != nil)
  }

  @Test func `a header's bytes`() throws {
    let start = "GET / HTTP/1.1\r\nHost: a\r\nA: "
    let value = String(repeating: "a", count: 120 - start.utf8.count - 4)
    try check(
      "\(start)\(value)\r\n\r\n", "\(start)\(value)a\r\n\r\n", .headerFieldsTooLarge,
      "header_too_large")
  }

  @Test func `a header's lines`() throws {
    let start = "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nA: b\r\nA: b\r\n"
    try check("\(start)\r\n", "\(start)A", .headerFieldsTooLarge, "too_many_headers")
  }

  @Test func `a body whose length is told`() throws {
    func post(_ count: Int) -> String {
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n"
    }
    try check(post(10) + "0123456789", post(11), .contentTooLarge, "body_too_large")
  }

  @Test func `a body in chunks`() throws {
    let start = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n"
    try check(
      start + "5\r\n56789\r\n0\r\n\r\n", start + "6\r\n", .contentTooLarge, "body_too_large")
    #expect(read(start + "ffffff\r\n", limits: limits).problem?.code == "body_too_large")
  }

  @Test func `the line before a chunk`() throws {
    let start = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    try check(
      start + "1;a=bc\r\nx\r\n0\r\n\r\n", start + "1;a=bcd\r\n", .badRequest, "bad_chunk")
    #expect(read(start + "000000001\r\n", limits: limits).problem?.code == "bad_chunk")
  }

  @Test func `a trailer`() throws {
    let start = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    try check(
      start + "A: 345678901\r\n\r\n", start + "A: 3456789012\r\n\r\n", .headerFieldsTooLarge,
      "header_too_large")
  }

  @Test func `megabytes of header end at the limit`() {
    let line = "X-Filler: " + String(repeating: "a", count: 1_000) + "\r\n"
    let text =
      "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: line, count: 1_000) + "\r\n"
    let reading = RequestReading(text)
    #expect(reading.problem?.status == .headerFieldsTooLarge && reading.requests.isEmpty)
  }

  @Test func `lines before a request end at the limit`() {
    let reading = RequestReading(String(repeating: "\r\n", count: 100_000))
    #expect(reading.problem?.code == "not_http")
  }
}
