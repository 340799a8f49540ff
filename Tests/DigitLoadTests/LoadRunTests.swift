import DigitLoad
import DigitWire
import EventLoop
import ScriptedServers
import Testing

/// Drives a load of the digits 0 to 9, ten times over unless told otherwise, against a script.
private func load(
  _ server: ScriptedServer, _ change: (inout LoadPlan) -> Void = { _ in }
) throws -> LoadOutcome {
  var plan = LoadPlan(server: try SocketAddress(parsing: server.address))
  plan.warmUp = .zero
  plan.extent = .requests(100)
  change(&plan)
  return try LoadFleet.run(
    plan, pixels: images(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), labels: Array(0...9))
}

extension LoadTally {
  fileprivate var addsUp: Bool { sent == answered + refused + timedOut + lost + abandoned }
}

@Suite(.timeLimit(.minutes(1))) struct LoadRunTests {
  @Test(arguments: [(1, 1, 1), (1, 8, 1), (3, 4, 1), (2, 2, 7), (1, 1, 64)])
  func `every request is answered, and each image in turn`(
    connections: Int, pipeline: Int, batch: Int
  ) throws {
    let server = try ScriptedServer { $1.answer($0) }
    let outcome = try load(server) {
      ($0.connections, $0.pipeline, $0.batch) = (connections, pipeline, batch)
    }
    #expect(outcome.isComplete)
    #expect(outcome.measured.sent == 100)
    #expect(outcome.measured.addsUp)
    #expect(outcome.measured.images == 100 * batch)
    #expect(outcome.measured.accuracy == 1)
    #expect(outcome.measured.latencies.count == 100)
    #expect(outcome.measured.queueTimes.maximumNanoseconds == 11_000)
    #expect(outcome.measured.computeTimes.maximumNanoseconds == 42_000)
    #expect(outcome.tallies.warmUp.sent == 0)
    #expect(outcome.seconds > 0)
    #expect((outcome.model, outcome.modelVersion) == ("cnn-28", 3))
    #expect(outcome.precision == .bfloat16)
  }

  @Test func `answers in another order find their requests`() throws {
    let server = try ScriptedServer { frame, peer in
      peer.kept.append(frame)
      guard peer.kept.count == 4 else { return }
      for frame in peer.kept.reversed() { peer.answer(frame) }
      peer.kept = []
    }
    let outcome = try load(server) { $0.pipeline = 4 }
    #expect(outcome.isComplete)
    #expect(outcome.measured.accuracy == 1)
  }

  @Test func `wrong labels are counted and are no failure of the load`() throws {
    let server = try ScriptedServer { frame, peer in
      peer.answer(frame, as: frame.payload[0] == 7 ? 1 : nil)
    }
    let outcome = try load(server) { $0.pipeline = 2 }
    #expect(outcome.isComplete)
    #expect(outcome.measured.wrong == 10)
    #expect(outcome.measured.accuracy == 0.9)
  }

  @Test func `refused requests are counted by code and do not stop the load`() throws {
    let server = try ScriptedServer { frame, peer in
      switch frame.payload[0] {
      case 3: peer.refuse(frame, .overloaded)
      case 4: peer.refuse(frame, .deadlineExceeded)
      default: peer.answer(frame)
      }
    }
    let outcome = try load(server) { $0.pipeline = 8 }
    #expect(!outcome.isComplete)
    #expect(outcome.measured.sent == 100)
    #expect(outcome.measured.refusals == [.overloaded: 10, .deadlineExceeded: 10])
    #expect(outcome.measured.answered == 80)
    #expect(outcome.measured.addsUp)
    #expect(outcome.connectionsLost == 0)
  }

  @Test func `a connection cut in the middle loses what was in flight and no more`() throws {
    let server = try ScriptedServer { frame, peer in
      peer.kept.append(frame)
      peer.kept.count == 20 ? peer.close() : peer.answer(frame)
    }
    // The one connection is cut at its 20th request, while 8 are under way.
    let outcome = try load(server) { $0.pipeline = 8 }
    #expect(!outcome.isComplete)
    #expect(outcome.connectionsLost == 1)
    #expect(outcome.firstTrouble != nil)
    #expect(outcome.measured.addsUp)
    #expect((1...8).contains(outcome.measured.lost))
    #expect(outcome.measured.answered <= 19)
  }

  @Test func `when one connection is cut the others go on`() throws {
    let server = try ScriptedServer { frame, peer in
      frame.payload[0] == 0 ? peer.close() : peer.answer(frame)
    }
    // Image 0 is the first of all; it comes again as the eleventh request, and so on.
    let outcome = try load(server) { ($0.connections, $0.extent) = (3, .requests(15)) }
    #expect(outcome.connectionsLost == 2)
    #expect(outcome.measured.sent == 15)
    #expect(outcome.measured.lost == 2)
    #expect(outcome.measured.answered == 13)
  }

  @Test func `what is not answered in time is abandoned`() throws {
    let server = try ScriptedServer { frame, peer in
      if frame.payload[0] != 5 { peer.answer(frame) }
    }
    let outcome = try load(server) {
      ($0.pipeline, $0.extent) = (2, .requests(10))
      $0.answerTimeout = .milliseconds(100)
    }
    #expect((outcome.measured.answered, outcome.measured.abandoned) == (9, 1))
    #expect(outcome.measured.lost == 0)
    #expect(outcome.connectionsLost == 0)
  }

  @Test(arguments: [nil, Duration.milliseconds(5)])
  func `a server that stops answering ends the load`(deadline: Duration?) throws {
    let server = try ScriptedServer { frame, peer in
      if frame.payload[0] < 3 { peer.answer(frame) }
    }
    let outcome = try load(server) {
      ($0.connections, $0.deadline, $0.stallTimeout) = (2, deadline, .milliseconds(100))
    }
    #expect(!outcome.isComplete && outcome.measured.addsUp)
    #expect(outcome.measured.sent < 100)
    #expect(outcome.connectionsLost == 2)
    #expect(outcome.firstTrouble?.contains("nothing was answered for") == true)
  }

  @Test func `a server that says GOAWAY gets no more requests and loses none`() throws {
    let server = try ScriptedServer { frame, peer in
      peer.kept.append(frame)
      if peer.kept.count == 5 {
        peer.send(GoAway(reason: .shutdown, graceMilliseconds: 100))
      }
      peer.answer(frame)
    }
    let outcome = try load(server)
    #expect(outcome.measured.sent == 5)
    #expect(outcome.measured.answered == 5)
    #expect(outcome.isComplete)
  }

  @Test(arguments: [false, true])
  func `a server that sends GOAWAY with its WELCOME ends the load`(isOpenLoop: Bool) throws {
    let server = try ScriptedServer(welcome: nil) { frame, peer in
      guard frame.type == .hello else { return }
      peer.send(Welcome.usual)
      peer.send(GoAway(reason: .maximumAge, graceMilliseconds: 1))
    }
    let outcome = try load(server) {
      if isOpenLoop { $0.pacing = .openLoop(.steady(1_000)) }
      $0.connections = 2
    }
    #expect(outcome.measured.answered == 0)
    #expect(outcome.connectionsLost == 2)
    #expect(outcome.firstTrouble == "the server sent GOAWAY")
  }

  @Test func `a warm-up is not measured, and a time is kept to`() throws {
    let server = try ScriptedServer { $1.answer($0) }
    let outcome = try load(server) {
      ($0.warmUp, $0.extent) = (.milliseconds(20), .time(.milliseconds(50)))
    }
    #expect(outcome.tallies.warmUp.answered > 0)
    #expect(outcome.tallies.warmUp.addsUp && outcome.measured.addsUp)
    #expect(outcome.measured.answered > 0)
    #expect(outcome.seconds > 0.01)
    #expect(outcome.measured.latencies.count == UInt64(outcome.measured.answered))
  }
}

@Suite(.timeLimit(.minutes(1))) struct LoadTermsTests {
  @Test func `a model is asked for by its name`() throws {
    let server = try ScriptedServer { frame, peer in
      frame.predict?.modelHandle == 2 ? peer.answer(frame) : peer.refuse(frame, .unknownModel)
    }
    let outcome = try load(server) { $0.model = "mlp-16" }
    #expect(outcome.isComplete)
    #expect(outcome.model == "mlp-16")
  }

  @Test(arguments: [
    (1, 9, "expected at most 8 requests in flight"), (257, 1, "expected at most 256 images"),
  ])
  func `the server's limits are kept to`(batch: Int, pipeline: Int, text: String) throws {
    let server = try ScriptedServer { $1.answer($0) }
    let error = #expect(throws: LoadError.self) {
      _ = try load(server) { ($0.batch, $0.pipeline) = (batch, pipeline) }
    }
    #expect("\(try #require(error))".contains(text))
  }

  @Test func `a model that is not there is answered with those that are`() throws {
    let server = try ScriptedServer { $1.answer($0) }
    #expect(throws: LoadError.unknownModel("cnn-82", known: ["cnn-28", "mlp-16"])) {
      _ = try load(server) { ($0.model, $0.connections) = ("cnn-82", 3) }
    }
  }

  @Test func `a refused HELLO is told with its code`() throws {
    let server = try ScriptedServer(welcome: nil) { $1.refuse($0, .unauthenticated) }
    let error = #expect(throws: LoadError.self) { _ = try load(server) }
    #expect("\(try #require(error))".contains("UNAUTHENTICATED"))
  }

  @Test func `a server that never says WELCOME is given up`() throws {
    let server = try ScriptedServer(welcome: nil) { _, _ in }
    let error = #expect(throws: LoadError.self) {
      _ = try load(server) { $0.connectTimeout = .milliseconds(20) }
    }
    #expect("\(try #require(error))".contains("expected WELCOME"))
  }

  @Test func `where nobody listens no load is driven`() throws {
    let address: String
    do {
      let server = try ScriptedServer { _, _ in }
      address = server.address
    }
    let plan = LoadPlan(server: try SocketAddress(parsing: address))
    let error = #expect(throws: LoadError.self) {
      _ = try LoadFleet.run(plan, pixels: images(0), labels: [0])
    }
    #expect("\(try #require(error))".contains("ECONNREFUSED"))
  }
}
