import DigitHandshake
import DigitWire
import ProtocolFixtures
import Testing

private let greeting = Greeting(Hello(), payloadByteCountMax: 1 << 20)
private let model = ModelEntry(handle: 1, name: "cnn-28", version: 3, isDefault: true)

extension FirstExchange {
  fileprivate func hear(_ bytes: [UInt8]) throws -> ExchangeVerdict<Answer> {
    let frame = try #require(decode(bytes).frames.first)
    return frame.payload.withUnsafeBytes { messageArrived(frame.header, payload: $0) }
  }
}

/// The reason of a failure.
private func reason<Answer>(_ verdict: ExchangeVerdict<Answer>) -> String? {
  guard case .failed(.failed(let reason)) = verdict else { return nil }
  return reason
}

@Suite struct FirstExchangeTests {
  @Test func `WELCOME answers HELLO with the server's terms`() throws {
    let welcome = Welcome(
      limits: ConnectionLimits(imagesPerRequestMax: 64, requestsInFlightMax: 8), models: [model])
    guard case .answered(let terms) = try greeting.hear(welcome.frame()) else {
      Issue.record("expected terms")
      return
    }
    #expect(terms.limits == welcome.limits)
    #expect(terms.models == [model])
    #expect(terms.imagesMax(.uint8) == 64)
    #expect(terms.model(nil)?.name == "cnn-28")
    #expect(terms.model("other") == nil)
  }

  @Test(arguments: [
    (1, ConnectionLimits(requestsInFlightMax: 0), "expected a limit of at least 1 request"),
    (1, ConnectionLimits(imagesPerRequestMax: 0), "expected a limit of at least 1 image"),
    (9, ConnectionLimits(), "expected protocol version 1, got 9"),
  ])
  func `a WELCOME that nobody could work with is refused`(
    version: UInt16, limits: ConnectionLimits, text: String
  ) throws {
    let welcome = Welcome(version: version, limits: limits, models: [model])
    #expect(try reason(greeting.hear(welcome.frame()))?.hasPrefix(text) == true)
  }

  @Test func `two models with one handle are refused`() throws {
    let welcome = Welcome(limits: ConnectionLimits(), models: [model, model])
    #expect(
      try reason(greeting.hear(welcome.frame()))
        == "expected a well-formed WELCOME: two models have one handle")
  }

  @Test func `a WELCOME that is cut is not taken`() throws {
    var header = Welcome(limits: ConnectionLimits(), models: [model]).header()
    header.payloadByteCount = 3
    let verdict = try greeting.hear(bytes(of: header) + [0, 0, 0])
    #expect(reason(verdict) == "expected a well-formed WELCOME: its payload is too short")
  }

  @Test func `an ERROR is the server's own refusal`() throws {
    let error = ErrorMessage(Refusal(.unauthenticated, "expected a token"))
    #expect(try greeting.hear(error.frame()) == .failed(.refused(error)))
    #expect(try HealthExchange(.live).hear(error.frame()) == .failed(.refused(error)))
  }

  @Test func `what a later version might send is waited out`() throws {
    var header = FrameHeader(.welcome)
    header.type = 0xA0
    #expect(try greeting.hear(bytes(of: header)) == .wait)
    #expect(try HealthExchange(.live).hear(bytes(of: header)) == .wait)
  }

  @Test(arguments: [MessageType.result, .pong, .goAway, .healthReply, .modelsChanged, .hello])
  func `another message than WELCOME ends the greeting`(type: MessageType) throws {
    let verdict = try greeting.hear(bytes(of: FrameHeader(type)))
    #expect(reason(verdict) == "expected WELCOME, got \(type.name)")
  }

  @Test(arguments: [
    ("HTTP/1.1 400 Bad Request\r\n", "an HTTP server"), ("SSH-2.0-OpenSSH_9.2", "an SSH server"),
    ("\u{15}\u{3}\u{3}\0\u{2}", "a TLS server"), ("HT", "a server of another protocol"),
  ])
  func `another kind of server is told by its first bytes`(bytes: String, name: String) {
    #expect("\(ForeignServer(firstBytes: bytes.utf8))" == name)
  }

  @Test(arguments: [true, false])
  func `HEALTH_REPLY answers the probe that was asked`(isYes: Bool) throws {
    let reply = HealthReply(.ready, isYes: isYes)
    #expect(try HealthExchange(.ready).hear(reply.frame()) == .answered(isYes))
    #expect(
      try reason(HealthExchange(.live).hear(reply.frame()))
        == "expected a HEALTH_REPLY about probe 'live', got one about 'ready'")
  }
}
