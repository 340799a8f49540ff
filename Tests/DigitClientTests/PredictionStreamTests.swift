import DigitClient
import EventLoop
import ScriptedServers
import Testing

@Suite(.timeLimit(.minutes(1))) struct PredictionStreamTests {
  /// Batches of one image each, and how many have been read.
  private final class Source: AsyncSequence, Sendable {
    typealias Element = ImageBatch
    let count: Int
    private let position = Guarded(0)

    init(count: Int) { self.count = count }

    var read: Int { position.withLock { $0 } }

    struct AsyncIterator: AsyncIteratorProtocol {
      let source: Source
      mutating func next() async throws -> ImageBatch? {
        source.position.withLock { position -> ImageBatch? in
          guard position < source.count else { return nil }
          defer { position += 1 }
          return ImageBatch(images(position % 10))
        }
      }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source: self) }
  }

  @Test func `answers come in the order of the batches though the server mixes them`()
    async throws
  {
    let server = try ScriptedServer { frame, peer in
      peer.kept.append(frame)
      guard peer.kept.count == 4 else { return }
      for frame in peer.kept.reversed() { peer.answer(frame) }
      peer.kept = []
    }
    let client = try await DigitClient.connect(to: server.address)
    var labels: [Int] = []
    for try await prediction in client.predictions(for: Source(count: 40), inFlight: 8) {
      labels.append(prediction.images[0].label)
    }
    #expect(labels == (0..<40).map { $0 % 10 })
  }

  @Test func `no more is read ahead than is allowed to be under way`() async throws {
    let server = try ScriptedServer { $1.answer($0) }
    let client = try await DigitClient.connect(to: server.address)
    let source = Source(count: 100)
    var taken = 0
    for try await _ in client.predictions(for: source, inFlight: 5) {
      taken += 1
      // Four more are under way; a fifth may be, once this one's room is free.
      #expect(source.read <= taken + 5)
      if taken == 50 { try await Task.sleep(for: .milliseconds(20)) }
    }
    #expect(taken == 100)
  }

  @Test func `a failure ends the stream`() async throws {
    let server = try ScriptedServer { frame, peer in
      if frame.payload.first == 3 { peer.refuse(frame, .badPixel) } else { peer.answer(frame) }
    }
    let client = try await DigitClient.connect(to: server.address)
    var taken = 0
    await #expect(throws: DigitClientError.self) {
      for try await _ in client.predictions(for: Source(count: 100), inFlight: 2) { taken += 1 }
    }
    #expect(taken == 3)
  }

  @Test func `a consumer that leaves withdraws what is under way`() async throws {
    let (cancels, seen) = AsyncStream.makeStream(of: Void.self)
    let server = try ScriptedServer { frame, peer in
      guard frame.type != .cancel else {
        seen.yield()
        return
      }
      peer.kept.append(frame)
      // Only now: what has not been sent need not be withdrawn either.
      guard peer.kept.count == 4 else { return }
      peer.answer(peer.kept.first { $0.payload[0] == 0 }!)
    }
    let client = try await DigitClient.connect(to: server.address)
    for try await _ in client.predictions(for: Source(count: 9), inFlight: 4) { break }
    var count = 0
    for await _ in cancels {
      count += 1
      if count == 3 { break }
    }
    #expect(count == 3)
  }
}
