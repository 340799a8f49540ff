import DigitServer
import EventLoop

/// Keeps what is written until the test takes it.
final class HeldTransport: Transport {
  private(set) var written: [UInt8] = []
  var unsentByteCount = 0
  private(set) var isReadingWanted = false
  private(set) var hasEnded = false
  private(set) var isClosing = false

  func write(_ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    bytes.withUnsafeMutableBytes(body)
    written += bytes
    unsentByteCount += byteCount
  }

  private var unread: [UInt8] = []

  func unread(_ bytes: UnsafeRawBufferPointer) {
    precondition(!isReadingWanted)
    unread.append(contentsOf: bytes)
  }

  /// What was given back and is to come again now; nil where reading is stopped, or there is none.
  func takeUnread() -> [UInt8]? {
    guard isReadingWanted, !unread.isEmpty else { return nil }
    defer { unread = [] }
    return unread
  }

  /// What was written since the last call, which has been sent now.
  func take() -> [UInt8] {
    defer {
      written = []
      unsentByteCount = 0
    }
    return written
  }

  func startReading() { isReadingWanted = true }
  func stopReading() { isReadingWanted = false }
  func end() { hasEnded = true }
  func close() { isClosing = true }
  func releaseMemory() {}
}

extension LoopContext {
  /// That of a loop that does not exist: four requests of an image each, and no worker.
  static func alone(
    models: [LoadedModel] = [TestModels.small], token: [UInt8]? = nil,
    access: AccessList? = nil,
    log: Log = Log(level: .error) { _ in },
    limits change: (inout ServerLimits) -> Void = { _ in }
  ) throws -> LoopContext {
    var limits = ServerLimits()
    limits.requestsMax = 4
    limits.imagesMax = 4
    change(&limits)
    let queue = try JobQueue(
      BatchScheduler(.init(requestsMax: 4, imagesPerBatchMax: 4, imagesPerShareMin: 1)))
    let port = LoopPort(
      slab: ImageSlab(slotCount: limits.imagesMax), completions: CompletionQueue(capacity: 8)
    ) {}
    let metrics = LoopMetrics()
    return LoopContext(
      limits: limits,
      inference: InferenceService(
        loop: 0, limits: limits, port: port, queue: queue, metrics: metrics),
      metrics: metrics, log: log,
      access: access ?? AccessList(token.map { TokenList(token: $0) }),
      catalog: ModelCatalog(ServedModels(models)),
      figures: ServerFigures(
        loops: [metrics], queue: queue, began: Instant(nanoseconds: 0), version: "0"))
  }
}
