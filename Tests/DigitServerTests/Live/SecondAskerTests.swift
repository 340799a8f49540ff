import DigitModel
import DigitServer
import DigitWire
import EventLoop
import ProtocolFixtures
import Testing

/// A door without sockets: it asks on the loops of a running server, beside live connections.
@Suite(.timeLimit(.minutes(1))) struct SecondAskerTests {
  /// Asks for one image again and again, on the loop's thread, and counts the right answers.
  private final class Door: Asker, @unchecked Sendable {
    // Unchecked: everything but `tally` belongs to the loop's thread.
    let share = AskerShare()
    private let image: [UInt8]
    private let expected: [Float]
    private var left: Int
    private let dispatcher: Server.Dispatcher
    private let loop: Int
    let tally = Guarded((right: 0, wrong: 0))
    let done: Semaphore

    init(
      _ image: [UInt8], expected: [Float], times: Int, loop: Int, dispatcher: Server.Dispatcher
    ) throws {
      self.image = image
      self.expected = expected
      left = times
      self.loop = loop
      self.dispatcher = dispatcher
      done = try Semaphore()
    }

    func open() { dispatcher.perform(onLoop: loop) { [self] in ask($0) } }

    private func ask(_ context: LoopContext) {
      do {
        let request = InferenceRequest(
          model: context.catalog.defaultModel, pixelType: .uint8, imageCount: 1, asker: self,
          tag: UInt64(left))
        let index = try context.inference.begin(request, now: .now)
        image.withUnsafeBytes { context.inference.fill(index, with: $0) }
        try context.inference.finishFilling(index, now: .now)
      } catch {
        tally.withLock { $0.wrong += 1 }
        done.signal()
      }
    }

    func answer(_ answer: borrowing InferenceAnswer) {
      var probabilities: [Float] = []
      if case .computed(let result) = answer.outcome, answer.tag == UInt64(left) {
        result.forEachImage { probabilities += $0 }
      }
      let isRight = probabilities == expected
      tally.withLock { if isRight { $0.right += 1 } else { $0.wrong += 1 } }
      left -= 1
      // Never from within an answer: the service is in the middle of its completions.
      if left > 0 { open() } else { done.signal() }
    }
  }

  @Test(arguments: [Duration.zero, .seconds(1)])
  func `a second asker is served beside connections, on both loops`(inline: Duration) throws {
    let server = try RunningServer(workers: 2) {
      $0.loops = 2
      $0.limits.inlineBudget = inline
    }
    defer { server.kill() }
    let clients = (0..<4).map { _ in WireClient.greeted(port: server.port) }
    clients[0].sendPredict(1, images: [testImage(5)])
    let payload = try #require(clients[0].receive()).payload
    let expected = payload.withUnsafeBytes { bytes in
      (0..<10).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    let doors = try (0..<2).map { loop in
      try Door(
        testImage(5), expected: expected, times: 300, loop: loop, dispatcher: server.dispatcher)
    }
    for door in doors { door.open() }
    for round in UInt64(0)..<100 {
      for client in clients { client.sendPredict(round + 1, images: [testImage(5)]) }
      for client in clients { #expect(client.receive()?.payload == payload) }
    }
    for door in doors {
      door.done.wait()
      #expect(door.tally.withLock { $0 } == (300, 0))
    }
    clients[0].waitUntil { $0["requests_in_flight"] == 0 }
  }
}
