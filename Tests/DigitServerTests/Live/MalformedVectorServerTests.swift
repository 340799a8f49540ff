import DigitServer
import DigitWire
import ProtocolFixtures
import Testing

/// Every malformed vector against a live server, with a well-behaved client beside it.
@Suite(.timeLimit(.minutes(2))) struct MalformedVectorServerTests {
  private static let toServers = ProtocolFiles.malformed.filter(\.isToServer)

  @Test func `every malformed vector gets the answer that the specification names`() throws {
    let usual = try RunningServer()
    defer { usual.kill() }
    let neighbour = WireClient.greeted(port: usual.port)
    for (number, vector) in Self.toServers.enumerated() where !vector.needsDraining {
      if vector.setup == nil {
        check(vector, on: usual)
      } else {
        let server = try RunningServer { vector.configure(&$0) }
        check(vector, on: server)
        server.kill()
      }
      neighbour.sendPredict(UInt64(number + 1), images: [testImage(number)])
      #expect(neighbour.receive()?.type == .result, "\(vector.name) disturbed a neighbour")
    }
  }

  @Test(arguments: toServers.filter(\.needsDraining))
  func `a malformed request after goaway gets the answer that the specification names`(
    vector: MalformedVector
  ) throws {
    let server = try RunningServer()
    let client = WireClient(port: server.port)
    client.send(vector.stream[0])
    #expect(client.receive()?.type == .welcome)
    server.beginStop()
    #expect(client.receive()?.type == .goAway)
    for bytes in vector.stream.dropFirst() { client.send(bytes) }
    expectError(of: vector, in: client.receive())
    client.endSending()
    #expect(server.join() == .drained)
  }

  private func check(_ vector: MalformedVector, on server: RunningServer) {
    let client = WireClient(port: server.port)
    client.send(vector.stream.flatMap { $0 } + vector.after.flatMap { $0 })
    var others: [String] = []
    var refusal: Frame?
    for _ in 0...vector.others.count {
      guard let frame = client.receive() else { break }
      if frame.type == .error, refusal == nil {
        refusal = frame
      } else {
        others.append(frame.testName)
      }
    }
    expectError(of: vector, in: refusal)
    #expect(others.sorted() == vector.otherNames.sorted(), "\(vector.name)")
    if vector.expected["closes"]?.boolean == true {
      client.endSending()
      #expect(client.isAtEnd(), "\(vector.name): not closed")
    } else {
      client.send(HealthProbe.live.frame())
      #expect(client.receive()?.type == .healthReply, "\(vector.name): not served on")
    }
  }

  private func expectError(of vector: MalformedVector, in frame: Frame?) {
    guard let frame, let error = frame.error else {
      Issue.record("\(vector.name): no ERROR came")
      return
    }
    #expect(error.code.description == vector.expected["name"]?.string, "\(vector.name)")
    #expect(frame.header.requestID == vector.expected["request_id"]?.integer, "\(vector.name)")
    #expect(error.closes == vector.expected["closes"]?.boolean, "\(vector.name)")
    #expect(error.image.map(UInt64.init) == vector.expected["image"]?.integer, "\(vector.name)")
  }
}

extension MalformedVector {
  fileprivate var needsDraining: Bool { setup?["draining"]?.boolean == true }

  /// The other frames, named as `Frame.testName` names them.
  fileprivate var otherNames: [String] {
    others.map { frame in
      let type = frame["type"]!.string!.replacing("_", with: "")
      return "\(type) \(frame["request_id"]!.integer!)"
    }
  }

  fileprivate func configure(_ configuration: inout Server.Configuration) {
    if let token = setup?["token"]?.string {
      configuration.access = AccessList(TokenList(token: Array(token.utf8)))
    }
    let images = setup?["images_max"]?.integer.map { Int($0) }
    let requests = setup?["requests_in_flight_max"]?.integer.map { Int($0) }
    configuration.limits.perConnection = ConnectionLimits(
      imagesPerRequestMax: images ?? 256, requestsInFlightMax: requests ?? 256)
  }
}

extension Frame {
  /// As the vectors list other frames: type and request id.
  fileprivate var testName: String {
    "\(type.map { "\($0)".uppercased() } ?? "?") \(header.requestID)"
  }
}
