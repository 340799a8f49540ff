import DigitServer
import DigitWire
import EventLoop
import ProtocolFixtures
import Testing

/// Models that are exchanged while requests for them are under way.
@Suite(.timeLimit(.minutes(2))) struct ModelSwitchTests {
  /// Versions of one name with weights of their own, so that an answer tells who computed it.
  private static func version(_ version: UInt32, units: Int) -> LoadedModel {
    LoadedModel(name: "m", version: version, plan: TestModels.make("m", units: units).plan)
  }

  @Test(arguments: [1, 2], [Duration.zero, .microseconds(50)])
  func `each answer names the model that computed it`(loops: Int, inline: Duration) throws {
    let first = Self.version(1, units: 24)
    let server = try RunningServer(models: [first]) {
      $0.loops = loops
      $0.limits.inlineBudget = inline
    }
    defer { server.kill() }
    let second = Self.version(2, units: 40)
    let images = (0..<8).map(testImage)
    // What each model says of each image, by itself.
    var expected: [UInt32: [[UInt8]]] = [:]
    let witness = WireClient.greeted(port: server.port)
    for model in [first, second] {
      server.switcher.serve(ServedModels([model]))
      expected[model.version] = images.map { answer(witness, $0, from: model.version) }
    }
    let wrong = Guarded(0)
    let seen = Guarded<Set<UInt32>>([])
    let tallies = Tallies(wrong: wrong, seen: seen)
    let answers = expected
    let clients = try (0..<4).map { _ in
      try WorkerThread { load(server.port, images, answers, tallies) }
    }
    // On a busy machine the clients' first answers may come after 200 rounds.
    for round in 0..<100_000 where round < 200 || tallies.seen.withLock({ $0.count }) < 2 {
      server.switcher.serve(ServedModels([round % 2 == 0 ? first : second]))
      witness.send(HealthProbe.live.frame())
      _ = witness.receive()
    }
    for client in clients { client.join() }
    #expect(tallies.wrong.withLock { $0 } == 0)
    #expect(tallies.seen.withLock { $0 } == [1, 2])
  }

  @Test func `a model goes when its last request has ended`() throws {
    weak var gone: LoadedModel?
    let server: RunningServer
    let client: WireClient
    do {
      let first = Self.version(1, units: 24)
      gone = first
      server = try RunningServer(models: [first]) { $0.loops = 2 }
      client = WireClient.greeted(port: server.port)
      // Half a request, which holds its model.
      client.send(bytes(of: Predict(imageCount: 2).header(requestID: 1)) + testImage(0))
      let watcher = WireClient.greeted(port: server.port)
      watcher.waitUntil { $0["requests_in_flight"] == 1 }
      server.switcher.serve(ServedModels([Self.version(2, units: 40)]))
      _ = answer(watcher, testImage(0), from: 2)
    }
    defer { server.kill() }
    #expect(gone != nil, "a model goes before its request has ended")
    client.send(testImage(1))
    let frame = try #require(client.receive())
    #expect(try PredictResult(frame.header).modelVersion == 1)
    let witness = WireClient.greeted(port: server.port)
    _ = answer(witness, testImage(0), from: 2)
    for _ in 0..<10_000 where gone != nil { _ = witness.stats() }
    #expect(gone == nil)
  }

  /// Asks until the answer is from this version, and returns it.
  private func answer(_ client: WireClient, _ image: [UInt8], from version: UInt32) -> [UInt8] {
    while true {
      client.sendPredict(1, images: [image])
      guard let frame = client.receive(), let result = try? PredictResult(frame.header) else {
        Issue.record("not answered with a RESULT")
        return []
      }
      if result.modelVersion == version { return frame.payload }
    }
  }
}

private final class Tallies: Sendable {
  let wrong: Guarded<Int>
  let seen: Guarded<Set<UInt32>>
  init(wrong: consuming Guarded<Int>, seen: consuming Guarded<Set<UInt32>>) {
    self.wrong = wrong
    self.seen = seen
  }
}

/// Keeps eight requests under way and compares each answer with that of the version it names.
private func load(
  _ port: UInt16, _ images: [[UInt8]], _ expected: [UInt32: [[UInt8]]], _ tallies: Tallies
) {
  let client = WireClient.greeted(port: port)
  for _ in 0..<400 {
    for id in images.indices { client.sendPredict(UInt64(id + 1), images: [images[id]]) }
    for _ in images.indices {
      guard let frame = client.receive(), let result = try? PredictResult(frame.header) else {
        return tallies.wrong.withLock { $0 += 1 }
      }
      tallies.seen.withLock { _ = $0.insert(result.modelVersion) }
      let image = Int(frame.header.requestID - 1)
      if frame.payload != expected[result.modelVersion]?[image] {
        tallies.wrong.withLock { $0 += 1 }
      }
    }
  }
}
