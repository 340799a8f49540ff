import DigitWire
import EventLoop
import Foundation
import ProtocolFixtures
import Testing

/// A client that asks for one image at a time, beside one that asks for all that it may.
@Suite(.timeLimit(.minutes(2))) struct FloodTests {
  private static let models = Program.root.appending(path: "Models").path
  private static let politeRequests = 20
  /// A quarter of what the flood has in flight.
  private static let imagesOfFloodMin = 4_096

  /// What is computed while a polite request waits tells its place in the queue, whatever the
  /// machine's speed: behind the whole flood that would be all of it.
  @Test(arguments: ["ensemble", "mlp-50-50"])
  func `a flood of large requests does not hold up who asks for little`(model: String) throws {
    let server = try RunningServer(
      models: Self.models,
      arguments: ["--workers", "1", "--default-model", "ensemble", "--queue-age", "0s"])
    defer { #expect(server.stop() == 0) }
    let watcher = WireClient.greeted(port: server.port)
    let client = WireClient.greeted(port: server.port)
    let handle = try handle(of: model, watcher)
    let flood = try Flood(port: server.port)
    watcher.waitUntil { Int($0["images_queued"]!) >= Self.imagesOfFloodMin }
    var computed: [Int] = []
    for id in 1...UInt64(Self.politeRequests) {
      let before = watcher.stats()["images_inferred"]!
      client.send(
        Predict(imageCount: 1, modelHandle: handle)
          .frame(id: id, payload: [UInt8](repeating: 200, count: 784)))
      #expect(client.receive()?.type == .result)
      computed.append(Int(watcher.stats()["images_inferred"]! - before))
    }
    flood.stop()
    // One batch is being computed when it comes, and it rides in the next. A test that the system
    // stops meanwhile sees more, so the median is judged.
    let median = computed.sorted()[computed.count / 2]
    #expect(median <= 512, "images computed meanwhile: \(computed)")
  }

  private func handle(of model: String, _ client: WireClient) throws -> UInt16 {
    client.send(bytes(of: MetadataRequest.all.header(requestID: 1)))
    let models = try #require(client.receive()).decoded(as: MetadataReply.self).models
    return try #require(models.first { $0.name == model }).handle
  }
}

/// Has 256 requests of 64 images in flight, on one connection, and sends another for each answer.
private final class Flood: Sendable {
  private static let inFlight = 256
  private static let imagesPerRequest = 64

  private final class Shared: Sendable {
    let isStopped = Guarded(false)
    private let client: WireClient
    private let pixels = [UInt8](repeating: 200, count: imagesPerRequest * 784)
    private let sentCount = Guarded(UInt64(0))

    init(_ client: WireClient) { self.client = client }

    /// One thread at a time: a frame goes out whole.
    func send() {
      sentCount.withLock { count in
        count += 1
        client.send(Predict(imageCount: imagesPerRequest).frame(id: count, payload: pixels))
      }
    }
  }

  private let shared: Shared
  private let ended: EventLoop.Semaphore

  init(port: UInt16) throws {
    ended = try EventLoop.Semaphore()
    let client = WireClient.greeted(port: port)
    shared = Shared(client)
    // Answers are read meanwhile, or the server would stop reading.
    Thread { [shared, ended] in
      while !shared.isStopped.withLock({ $0 }), client.receive() != nil { shared.send() }
      client.reset()
      ended.signal()
    }.start()
    for _ in 0..<Self.inFlight { shared.send() }
  }

  func stop() {
    shared.isStopped.withLock { $0 = true }
    ended.wait()
  }
}
