import DigitHTTP
import DigitServer
import EventLoop
import Slots
import Testing

/// An HTTP connection without a server and without a socket.
struct HTTPConnectionTests {
  private let now = Instant(nanoseconds: 1_000_000_000)

  private final class Client {
    let transport = HeldTransport()
    let loop: LoopContext
    let connection: HTTPConnection
    private let now: Instant

    init(
      _ loop: LoopContext, now: Instant,
      background: @escaping (@escaping () -> Void) -> Bool = {
        $0()
        return true
      }
    ) {
      self.loop = loop
      self.now = now
      let context = HTTPContext(
        loop: loop, hosts: HTTPHosts(addresses: [.internet(host: "127.0.0.1", port: 1)])
      ) { work in background { work()() } }
      connection = HTTPConnection(
        SlotID(index: 0, generation: 0), transport: transport, context: context, now: now
      ) { _ in }
    }

    func send(_ text: String) {
      Array(text.utf8).withUnsafeBytes { connection.received($0, now: now) }
    }

    /// The turn ends: what was given back comes again, and what was asked for is computed at once.
    func endTurn() {
      if let bytes = transport.takeUnread() {
        bytes.withUnsafeBytes { connection.received($0, now: now) }
      }
      loop.inference.submit()
    }

    /// What has been answered since the last call.
    func answers() -> String {
      defer { connection.sent() }
      return String(decoding: transport.take(), as: UTF8.self)
    }

    func statuses() -> [String] {
      answers().matches(of: #/HTTP/1\.1 ([0-9]{3}) /#).map { String($0.1) }
    }
  }

  private func client(
    token: [UInt8]? = nil, access: AccessList? = nil,
    background: @escaping (@escaping () -> Void) -> Bool = {
      $0()
      return true
    },
    limits: (inout ServerLimits) -> Void = { _ in }
  ) throws -> Client {
    let loop = try LoopContext.alone(token: token, access: access) {
      $0.inlineBudget = .seconds(1)
      limits(&$0)
    }
    return Client(loop, now: now, background: background)
  }

  private func get(_ path: String, _ headers: String = "") -> String {
    "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n"
  }

  private func post(_ path: String, type: String, _ body: [UInt8], _ headers: String = "") -> String
  {
    "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\n"
      + "Content-Length: \(body.count)\r\n\(headers)\r\n" + String(decoding: body, as: UTF8.self)
  }

  private let image = [UInt8](repeating: 0, count: 784)

  @Test func `a connection that is kept alive gets one answer after another`() throws {
    let client = try client()
    client.send(get("/livez"))
    #expect(client.statuses() == ["200"])
    client.send(get("/readyz"))
    #expect(client.statuses() == ["200"])
    #expect(!client.transport.hasEnded)
    client.send(get("/livez", "Connection: close\r\n"))
    #expect(client.statuses() == ["200"])
    #expect(client.transport.hasEnded)
  }

  @Test func `pipelined requests are answered in order, each after the one before`() throws {
    let client = try client()
    let predict = post("/v1/predict", type: "application/octet-stream", image)
    client.send(get("/nowhere") + predict + get("/livez") + predict + get("/v3"))
    #expect(!client.transport.isReadingWanted)
    #expect(client.statuses() == ["404"])
    client.endTurn()
    #expect(client.statuses() == ["200"])
    client.endTurn()
    #expect(client.statuses() == ["200", "200"])
    client.endTurn()
    #expect(client.statuses() == ["404"])
    #expect(client.transport.isReadingWanted)
  }

  @Test func `bytes that come one at a time are the same requests`() throws {
    let client = try client()
    for byte in post("/v1/predict", type: "application/octet-stream", image) + get("/livez") {
      client.send(String(byte))
      client.endTurn()
    }
    #expect(client.statuses() == ["200", "200"])
  }

  @Test func `a refused request's body is read over, and the connection goes on`() throws {
    let client = try client()
    client.send(post("/nowhere", type: "text/plain", image))
    client.send(post("/metrics", type: "text/plain", image))
    client.send(get("/livez"))
    #expect(client.statuses() == ["404", "405", "200"])
  }

  @Test func `a client that waits for 100 Continue gets it, or its refusal`() throws {
    let client = try client()
    let request = post(
      "/v1/predict", type: "application/octet-stream", image, "Expect: 100-continue\r\n")
    client.send(String(request.prefix(request.count - image.count)))
    #expect(client.statuses() == ["100"])
    client.send(String(request.suffix(image.count)))
    client.endTurn()
    #expect(client.statuses() == ["200"])
    client.send(post("/nowhere", type: "text/plain", image, "Expect: 100-continue\r\n"))
    #expect(client.statuses() == ["404"])
    #expect(client.transport.hasEnded)
  }

  @Test func `a token is wanted for all that tells something`() throws {
    let client = try client(token: Array("secret".utf8))
    client.send(get("/livez"))
    client.send(get("/v1/models", "Authorization: Bearer secret\r\n"))
    #expect(client.statuses() == ["200", "200"])
    client.send(get("/v1/models", "Authorization: Bearer secreu\r\n"))
    let answer = client.answers()
    #expect(answer.hasPrefix("HTTP/1.1 401 "))
    #expect(answer.contains("WWW-Authenticate: Bearer"))
    #expect(client.transport.hasEnded)
  }

  @Test func `a token is good for its scopes, and the connection goes on without them`() throws {
    var tokens = TokenList()
    tokens.add(Array("secret".utf8), name: "scraper", scopes: .stats)
    let client = try client(access: AccessList(tokens))
    let bearer = "Authorization: Bearer secret\r\n"
    client.send(get("/metrics", bearer))
    client.send(get("/v1/models", bearer))
    #expect(client.statuses() == ["200", "200"])
    client.send(post("/v1/predict", type: "application/octet-stream", image, bearer))
    let answer = client.answers()
    #expect(answer.hasPrefix("HTTP/1.1 403 ") && answer.contains("permission_denied"))
    #expect(answer.contains("expected a token with the scope predict for '/v1/predict'"))
    client.send(get("/metrics", bearer))
    #expect(client.statuses() == ["200"])
  }

  @Test func `wrong tokens are answered at once at first, and then wait`() throws {
    let loop = try LoopContext.alone(token: Array("secret".utf8))
    let wrong = get("/v1/models", "Authorization: Bearer guess\r\n")
    for _ in 0..<5 {
      let client = Client(loop, now: now)
      client.send(wrong)
      #expect(client.statuses() == ["401"])
    }
    let client = Client(loop, now: now)
    client.send(wrong + get("/livez"))
    #expect(client.statuses().isEmpty)
    client.connection.sweep(now: now.advanced(by: .seconds(1)))
    #expect(client.statuses() == ["401"] && client.transport.hasEnded)
  }

  @Test func `another Host, and a page of another origin, get nothing`() throws {
    let rebound = try client()
    rebound.send("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    #expect(rebound.statuses() == ["421"])
    let crossing = try client()
    crossing.send(get("/v1/models", "Origin: http://evil.example\r\n"))
    crossing.send(get("/v1/models", "Origin: null\r\n"))
    crossing.send(get("/v1/models", "Origin: http://localhost\r\n"))
    #expect(crossing.statuses() == ["403", "403", "200"])
  }

  @Test func `a preflight of CORS is told which methods there are, and that is all`() throws {
    let client = try client()
    client.send(
      "OPTIONS /v1/predict HTTP/1.1\r\nHost: localhost\r\n"
        + "Access-Control-Request-Method: POST\r\n\r\n")
    let answer = client.answers()
    #expect(answer.hasPrefix("HTTP/1.1 405 "))
    #expect(answer.contains("Allow: POST\r\n"))
    #expect(!answer.lowercased().contains("access-control-allow"))
  }

  @Test func `bodies of all connections together stay within their budget`() throws {
    let client = try client(limits: { $0.http.bodyByteCountMaxOfAll = 500 })
    client.send(post("/v1/predict", type: "application/octet-stream", image))
    let answer = client.answers()
    #expect(answer.hasPrefix("HTTP/1.1 503 "))
    #expect(answer.contains("Retry-After: 1\r\n"))
    #expect(client.transport.hasEnded)
  }

  @Test func `a body's room is there again when its request has ended`() throws {
    let client = try client(limits: { $0.http.bodyByteCountMaxOfAll = 1_000 })
    for _ in 0..<3 {
      client.send(post("/v1/predict", type: "application/octet-stream", image))
      client.endTurn()
      #expect(client.statuses() == ["200"])
    }
  }

  @Test func `answers that are not read stop the reading until half of them are`() throws {
    let client = try client(limits: { $0.unsentByteCountMaxPerConnection = 32 * 1024 })
    client.loop.unsent.connectionCount = 1
    client.send(String(repeating: get("/v1/models"), count: 200))
    for _ in 0..<200 where client.transport.isReadingWanted { client.endTurn() }
    let written = client.transport.unsentByteCount
    #expect(!client.transport.isReadingWanted)
    #expect(written < 400 * 1024)
    var count = client.statuses().count
    for _ in 0..<200 where count < 200 {
      client.endTurn()
      count += client.statuses().count
    }
    #expect(count == 200)
    #expect(client.transport.isReadingWanted)
  }

  @Test func `a draining server answers what was asked, and takes nothing new`() throws {
    let client = try client()
    client.send(post("/v1/predict", type: "application/octet-stream", image))
    client.loop.isDraining = true
    client.connection.drain()
    client.endTurn()
    let answer = client.answers()
    #expect(answer.hasPrefix("HTTP/1.1 200 "))
    #expect(answer.contains("Connection: close\r\n"))
    #expect(client.transport.hasEnded)
    let late = try self.client()
    late.loop.isDraining = true
    late.send(get("/livez"))
    #expect(late.statuses() == ["200"])
    let refused = try self.client()
    refused.loop.isDraining = true
    refused.send(get("/readyz"))
    #expect(refused.statuses() == ["503"])
  }

  @Test func `an idle connection ends with the drain`() throws {
    let client = try client()
    client.connection.drain()
    #expect(client.transport.hasEnded)
  }

  @Test func `a request whose client goes is abandoned`() throws {
    let client = try client()
    client.send(post("/v1/predict", type: "application/octet-stream", image))
    #expect(client.loop.inference.requestCount == 1)
    client.connection.transportClosed()
    #expect(client.loop.inference.requestCount == 0)
    client.endTurn()
    #expect(client.answers() == "")
  }

  @Test func `work that comes back to a connection that has gone is dropped`() throws {
    var work: [() -> Void] = []
    let client = try client(background: {
      work.append($0)
      return true
    })
    client.send(post("/v1/predict", type: "image/x-portable-graymap", Array("P5 1 1 255 ".utf8)))
    #expect(work.count == 1)
    client.connection.transportClosed()
    work[0]()
    #expect(client.answers() == "")
  }

  @Test func `where too much waits to be read the client is told to come again`() throws {
    let client = try client(background: { _ in false })
    client.send(post("/v1/predict", type: "image/png", image))
    let answer = client.answers()
    #expect(answer.hasPrefix("HTTP/1.1 503 "))
    #expect(answer.contains("Retry-After: 1\r\n"))
    client.send(get("/livez"))
    #expect(client.statuses() == ["200"])
  }
}
