import DigitHTTP
import HTTPFixtures
import Testing

/// Read whole, byte by byte and in pieces of other lengths: the same, or the test fails.
func read(_ text: String, limits: HTTPLimits = HTTPLimits()) -> RequestReading {
  let whole = RequestReading(text, limits: limits)
  for piece in [1, 2, 3, 7, 64] {
    let pieces = RequestReading(text, piece: piece, limits: limits)
    #expect(pieces == whole, "in pieces of \(piece)")
  }
  return whole
}

/// The one request of a text that holds nothing else.
func readOne(_ text: String, limits: HTTPLimits = HTTPLimits()) throws -> RequestReading.Request {
  let reading = read(text, limits: limits)
  #expect(reading.problem == nil)
  #expect(reading.requests.count == 1)
  let request = try #require(reading.requests.first)
  #expect(request.isWhole)
  return request
}

struct RequestParserTests {
  @Test func `a request without a body`() throws {
    let request = try readOne(
      "GET /v2/models/cnn-28?a=1&b=x%20y&c&d=1+2 HTTP/1.1\r\n"
        + "Host: LocalHost:7380\r\nAccept:  text/plain \t\r\nX-Empty:\r\nX-Last: 1\r\n\r\n")
    let head = request.head
    #expect(head.method == .get)
    #expect(head.path == "/v2/models/cnn-28")
    #expect(
      head.query == [
        QueryItem(name: "a", value: "1"), QueryItem(name: "b", value: "x y"),
        QueryItem(name: "c", value: ""), QueryItem(name: "d", value: "1 2"),
      ])
    #expect(head.queryValue("b") == "x y" && head.queryValue("z") == nil)
    #expect(head.authority?.host == "localhost" && head.authority?.port == 7380)
    #expect(head.first("ACCEPT") == "text/plain" && head.first("accept") == "text/plain")
    #expect(head.first("x-empty") == "" && head.first("x-last") == "1")
    #expect(head.first("cookie") == nil)
    #expect(head.keepsAlive && !head.expectsContinue && !head.hasBody)
    #expect(head.contentLength == nil && request.body.isEmpty)
  }

  @Test func `a body of a length that was told`() throws {
    let request = try readOne(
      "POST /v1/predict HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
    #expect(request.head.contentLength == 5 && request.head.hasBody)
    #expect(request.text == "hello")
  }

  @Test func `a body in chunks, with extensions and a trailer`() throws {
    let request = try readOne(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
        + "5;a=\"b c\";d\r\nhello\r\n00a\r\n, \r\nworld!\r\n0;x\r\n"
        + "X-Sum: 1\r\nContent-Length: 99\r\nConnection: close\r\n\r\n")
    #expect(request.text == "hello, \r\nworld!")
    #expect(request.head.isChunked && request.head.hasBody && request.head.keepsAlive)
    #expect(request.head.first("X-Sum") == nil)
  }

  @Test func `a body in chunks may be empty`() throws {
    let request = try readOne(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    #expect(request.body.isEmpty)
  }

  @Test func `requests follow one another, with an empty line between`() {
    let post = "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxy"
    let chunked =
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\n\r\n"
    let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
    let reading = read(get + post + "\r\n" + chunked + get + post)
    #expect(reading.problem == nil)
    #expect(reading.requests.map(\.head.path) == ["/a", "/b", "/c", "/a", "/b"])
    #expect(reading.requests.map(\.text) == ["", "xy", "z", "", "xy"])
    #expect(reading.requests.count(where: \.isWhole) == 5)
  }

  @Test(arguments: [
    ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false),
    ("HTTP/1.1", "Connection: x, Close\r\n", false),
    ("HTTP/1.0", "", false), ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
  ])
  func `a connection is kept as the version and the header say`(
    version: String, field: String, keepsAlive: Bool
  ) throws {
    let request = try readOne("GET / \(version)\r\nHost: a\r\n\(field)\r\n")
    #expect(request.head.keepsAlive == keepsAlive)
    #expect(request.head.versionMinor == (version == "HTTP/1.1" ? 1 : 0))
  }

  @Test func `HTTP/1.0 needs no Host`() throws {
    #expect(try readOne("GET / HTTP/1.0\r\n\r\n").head.authority == nil)
  }

  @Test(arguments: [
    ("GET http://Other:80/a?b=c HTTP/1.1", "/a", "other"),
    ("GET http://[::1] HTTP/1.1", "/", "[::1]"),
    ("GET HTTP://other?b=c HTTP/1.1", "/", "other"), ("OPTIONS * HTTP/1.1", "*", "a"),
  ])
  func `a target may name its server, and OPTIONS the whole of it`(
    line: String, path: String, host: String
  ) throws {
    let head = try readOne("\(line)\r\nHost: a\r\n\r\n").head
    #expect(head.path == path)
    #expect(head.authority?.host == host)
  }

  @Test func `an upgrade to another protocol is not made`() {
    let upgrade =
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
      + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    let reading = read(upgrade + upgrade)
    #expect(reading.problem == nil && reading.requests.filter(\.isWhole).count == 2)
  }

  @Test func `who waits for 100 Continue is known`() throws {
    let field = "Expect: 100-Continue\r\n"
    let head = "POST / HTTP/1.1\r\nHost: a\r\n\(field)"
    #expect(try readOne(head + "Content-Length: 1\r\n\r\nx").head.expectsContinue)
    #expect(try !readOne(head + "Content-Length: 0\r\n\r\n").head.expectsContinue)
    let old = "POST / HTTP/1.0\r\n\(field)Content-Length: 1\r\n\r\nx"
    #expect(try !readOne(old).head.expectsContinue)
  }

  @Test func `an identity encoding is none`() throws {
    _ = try readOne(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: identity\r\nContent-Length: 1\r\n\r\nx")
  }

  @Test func `the phase tells idle from a request that has begun`() throws {
    var parser = RequestParser()
    func feed(_ text: String) throws -> RequestParser.Phase {
      try Array(text.utf8).withUnsafeBytes { bytes in
        var input = bytes
        while try parser.next(&input) != nil {}
      }
      return parser.phase
    }
    #expect(parser.phase == .between)
    #expect(try feed("\r\n") == .between)
    #expect(try feed("P") == .head)
    #expect(try feed("OST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r") == .head)
    #expect(try feed("\n") == .body)
    #expect(try feed("x") == .body)
    #expect(try feed("y") == .between)
  }
}
