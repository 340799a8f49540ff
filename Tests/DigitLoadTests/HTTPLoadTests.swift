import DigitHTTP
import DigitLoad
import DigitWire
import EventLoop
import ScriptedServers
import Testing

/// Drives a load of the digits 0 to 9, ten times over unless told otherwise, over HTTP.
private func load(
  _ address: String, _ change: (inout LoadPlan) -> Void = { _ in }
) throws -> LoadOutcome {
  var plan = LoadPlan(server: try SocketAddress(parsing: address))
  plan.door = .http
  plan.warmUp = .zero
  plan.extent = .requests(100)
  change(&plan)
  return try LoadFleet.run(
    plan, pixels: images(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), labels: Array(0...9))
}

@Suite(.timeLimit(.minutes(1))) struct HTTPLoadTests {
  @Test(arguments: [(1, 1, 1), (1, 8, 1), (3, 4, 1), (2, 2, 7), (1, 1, 64), (1, 64, 1)])
  func `every request is answered, and each image in turn`(
    connections: Int, pipeline: Int, batch: Int
  ) throws {
    let server = try ScriptedHTTPServer { $1.answer($0) }
    let outcome = try load(server.address) {
      ($0.connections, $0.pipeline, $0.batch) = (connections, pipeline, batch)
    }
    #expect(outcome.isComplete)
    #expect(outcome.measured.sent == 100)
    #expect(outcome.measured.images == 100 * batch)
    #expect(outcome.measured.accuracy == 1)
    #expect(outcome.measured.queueTimes.maximumNanoseconds == 11_000)
    #expect(outcome.measured.computeTimes.maximumNanoseconds == 42_000)
    #expect((outcome.model, outcome.modelVersion) == ("cnn-28", 3))
    #expect(outcome.precision == .bfloat16)
  }

  @Test func `an open loop sends over HTTP too`() throws {
    let server = try ScriptedHTTPServer { $1.answer($0) }
    let outcome = try load(server.address) {
      $0.pacing = .openLoop(.steady(2_000, spacing: .constant, seed: 1))
      $0.pipeline = 16
    }
    #expect(outcome.isComplete && outcome.isOpenLoop)
    #expect(outcome.measured.sent == 100 && outcome.measured.accuracy == 1)
  }

  @Test func `a request is the protocol's, for the model, with the token and the deadline`() throws
  {
    let server = try ScriptedHTTPServer { request, peer in
      let json =
        #"{"inputs":[{"name":"image","datatype":"UINT8","shape":[2,28,28],"#
        + #""parameters":{"binary_data_size":1568}}],"#
        + #""outputs":[{"name":"label","parameters":{"binary_data":true}}],"#
        + #""parameters":{"timeout":9000000}}"#
      let head = request.head
      guard head.method == .post, head.path == "/v2/models/mlp 16/infer",
        head.authority?.host == "127.0.0.1",
        head.first("authorization") == "Bearer secret",
        head.first("content-type") == "application/octet-stream", request.json == json
      else { return peer.refuse(.badRequest) }
      peer.answer(request)
    }
    let outcome = try load(server.address) {
      ($0.model, $0.token, $0.deadline) = ("mlp 16", Array("secret".utf8), .seconds(9))
      ($0.batch, $0.extent) = (2, .requests(10))
    }
    #expect(outcome.isComplete)
    #expect(outcome.measured.refusals == [:])
    #expect((outcome.model, outcome.precision) == ("mlp 16", .int8))
  }

  @Test func `wrong labels are counted`() throws {
    let server = try ScriptedHTTPServer { request, peer in
      peer.answer(request, as: request.pixels.first == 7 ? 1 : nil)
    }
    let outcome = try load(server.address) { $0.pipeline = 2 }
    #expect(outcome.isComplete && outcome.measured.wrong == 10)
  }

  @Test func `refused requests are counted by the nearest code`() throws {
    let server = try ScriptedHTTPServer { request, peer in
      switch request.pixels.first {
      case 1: peer.refuse(.badRequest)
      case 2: peer.refuse(.notFound)
      case 3: peer.refuse(.serviceUnavailable)
      case 4: peer.refuse(.tooManyRequests)
      case 5: peer.refuse(.gatewayTimeout)
      case 6: peer.refuse(.internalServerError)
      default: peer.answer(request)
      }
    }
    let outcome = try load(server.address) { $0.pipeline = 8 }
    #expect(!outcome.isComplete && outcome.measured.answered == 40)
    #expect(
      outcome.measured.refusals == [
        .badRequest: 10, .unknownModel: 10, .overloaded: 20, .deadlineExceeded: 10,
        .internal: 10,
      ])
  }

  @Test func `a server that closes after an answer loses what is in flight`() throws {
    let server = try ScriptedHTTPServer { request, peer in
      peer.refuse(.serviceUnavailable, keepsAlive: false)
    }
    let outcome = try load(server.address) { $0.pipeline = 2 }
    #expect(outcome.measured.refusals == [.overloaded: 1] && outcome.measured.lost == 1)
    #expect(
      outcome.firstTrouble?.hasPrefix("the server closed it after status 503: {\"error\"") == true)
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "expected 1 labels of 8 bytes"),
    ("HTTP/1.1 2\r\n\r\n", "expected an HTTP response, got one of status 2"),
    ("SSH-2.0\r\n", "expected an HTTP response, got one that cannot be read"),
    (
      "HTTP/1.1 200 OK\r\nInference-Header-Content-Length: 2\r\nContent-Length: 6\r\n\r\n{}1234",
      "expected 1 labels of 8 bytes"
    ),
    (
      "HTTP/1.1 200 OK\r\nInference-Header-Content-Length: 9\r\nContent-Length: 8\r\n\r\n{}123456",
      "expected 1 labels of 8 bytes"
    ),
  ])
  func `an answer in another form ends the connection`(text: String, reason: String) throws {
    let server = try ScriptedHTTPServer { $1.send(Array(text.utf8)) }
    let outcome = try load(server.address)
    #expect(outcome.measured.lost == 1 && outcome.measured.answered == 0)
    #expect(outcome.firstTrouble?.hasPrefix(reason) == true, "\(outcome.firstTrouble ?? "none")")
  }

  @Test func `answers may come in any pieces, after 1xx and in chunks`() throws {
    let server = try ScriptedHTTPServer { request, peer in
      let digit = request.pixels.first!
      let text =
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
        + "inference-header-content-length: 2\r\n\r\n3\r\n{}"
      let bytes = Array(text.utf8) + [digit] + Array("\r\n7\r\n".utf8) + [0, 0, 0, 0, 0, 0, 0]
      peer.send(bytes + Array("\r\n0\r\n\r\n".utf8))
    }
    let outcome = try load(server.address) { $0.pipeline = 4 }
    #expect(outcome.isComplete && outcome.measured.accuracy == 1)
  }

  @Test func `an answer that nobody asked for is a stray`() throws {
    let server = try ScriptedHTTPServer { request, peer in
      peer.answer(request)
      peer.answer(request)
    }
    let outcome = try load(server.address) { $0.extent = .requests(1) }
    #expect(outcome.tallies.strays == 1 && outcome.measured.answered == 1)
  }

  @Test func `a silent server's requests time out`() throws {
    let server = try ScriptedHTTPServer { request, peer in
      peer.kept.append(request)
      guard peer.kept.count == 2 else { return }
      for request in peer.kept { peer.answer(request) }
    }
    let outcome = try load(server.address) {
      ($0.pipeline, $0.extent, $0.deadline) = (1, .requests(1), .milliseconds(50))
      $0.answerTimeout = .milliseconds(200)
    }
    #expect(outcome.measured.timedOut == 1)
  }

  @Test(arguments: [
    (
      HTTPStatus.unauthorized, "the server refused the connection: UNAUTHENTICATED: expected status"
    ),
    (.notFound, "does not answer as a Digits server: expected status 200 for /v1/models, got 404"),
    (.ok, "does not answer as a Digits server: expected the models of a Digits server"),
  ])
  func `a server that tells of no models gets no load`(status: HTTPStatus, text: String) throws {
    let server = try ScriptedHTTPServer(models: nil) { $1.send(status, Array("{}".utf8)) }
    do {
      _ = try load(server.address)
      Issue.record("a load was driven")
    } catch {
      #expect("\(error)".contains(text), "\(error)")
    }
  }

  @Test func `the binary port is told from the HTTP port`() throws {
    let server = try ScriptedServer(welcome: nil) { _, _ in }
    #expect(throws: LoadError.self) {
      _ = try load(server.address) { $0.connectTimeout = .milliseconds(200) }
    }
  }

  @Test func `a model that the server lacks is named, with those it has`() throws {
    let server = try ScriptedHTTPServer { $1.answer($0) }
    #expect(throws: LoadError.unknownModel("x", known: ["cnn-28", "mlp 16"])) {
      _ = try load(server.address) { $0.model = "x" }
    }
  }
}
