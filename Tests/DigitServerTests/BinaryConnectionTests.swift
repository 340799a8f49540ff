import DigitServer
import DigitWire
import EventLoop
import ProtocolFixtures
import Slots
import Testing

/// A connection without a server and without a socket.
struct BinaryConnectionTests {
  /// Keeps what is written until the test takes it.
  private final class HeldTransport: Transport {
    var unsentByteCount = 0
    var isReadingWanted = false
    var isClosing = false

    func write(_ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
      var bytes = [UInt8](repeating: 0, count: byteCount)
      bytes.withUnsafeMutableBytes(body)
      unsentByteCount += byteCount
    }

    func startReading() { isReadingWanted = true }
    func stopReading() { isReadingWanted = false }
    func end() {}
    func close() { isClosing = true }
    func releaseMemory() {}
  }

  private let now = Instant(nanoseconds: 1_000_000_000)

  private func context() throws -> LoopContext {
    var limits = ServerLimits()
    limits.requestsMax = 4
    limits.imagesMax = 4
    limits.unsentByteCountMaxPerConnection = 32 * 1024
    let queue = try JobQueue(
      BatchScheduler(requestsMax: 4, imagesPerBatchMax: 4, imagesPerShareMin: 1))
    let port = LoopPort(
      slab: ImageSlab(slotCount: 4), completions: CompletionQueue(capacity: 8)
    ) {}
    let metrics = LoopMetrics()
    return LoopContext(
      limits: limits,
      inference: InferenceService(
        loop: 0, limits: limits, port: port, queue: queue, metrics: metrics),
      metrics: metrics, log: Log(level: .error) { _ in }, token: nil,
      catalog: ModelCatalog([TestModels.small]),
      figures: ServerFigures(loops: [metrics], queue: queue, began: now, version: "0"))
  }

  @Test func `reading pauses when answers pile up, and goes on when half of them are sent`() throws
  {
    let transport = HeldTransport()
    let context = try context()
    context.unsent.connectionCount = 1
    let connection = BinaryConnection(
      SlotID(index: 0, generation: 0), transport: transport, context: context, now: now
    ) { _ in }
    func send(_ frames: [UInt8]) { frames.withUnsafeBytes { connection.received($0, now: now) } }
    send(Hello().frame())
    #expect(transport.isReadingWanted)
    let limit = context.unsent.byteCountMaxPerConnection
    var id: UInt64 = 0
    while transport.unsentByteCount <= limit {
      #expect(transport.isReadingWanted)
      id += 1
      send(MetadataRequest.all.frame(id: id))
    }
    #expect(!transport.isReadingWanted)
    #expect(context.unsent.byteCount == transport.unsentByteCount)
    transport.unsentByteCount = limit / 2 + 1
    connection.sent()
    #expect(!transport.isReadingWanted)
    transport.unsentByteCount = limit / 2
    connection.sent()
    #expect(transport.isReadingWanted)
    #expect(context.unsent.byteCount == limit / 2)
    connection.close()
    connection.transportClosed()
    #expect(context.unsent.byteCount == 0)
  }
}
