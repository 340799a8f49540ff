import DigitWire
import EventLoop
import Slots

/// What the connections of one loop share, whatever they speak. Belongs to the loop's thread.
package final class LoopContext {
  /// Those of the loop: what the server has in all is divided among its loops.
  /// They may change while the loop runs; what is divided, or taken at start, stays.
  package var limits: ServerLimits
  package let inference: InferenceService
  package let metrics: LoopMetrics
  package let unsent: UnsentBudget
  package let log: PeerLog
  package let access: AccessList
  /// Wrong tokens that came to this loop.
  package var guesses = GuessLedger()
  /// Nil where requests are not logged.
  package let requestLog: RequestLog?
  /// What new requests may name; requests under way keep theirs.
  package var catalog: ModelCatalog {
    didSet { inference.serve(catalog.models) }
  }
  /// Where models come from; nil where none can be loaded.
  package var repository: RepositoryAccess?
  /// Nothing new is taken: the server is coming to its end.
  package var isDraining = false
  /// A worker does not come to the end of its batch: what it is given may never be answered.
  package var hasStalledWorker = false
  /// The whole server's figures, over all loops.
  package let figures: ServerFigures

  package init(
    limits: ServerLimits, inference: InferenceService, metrics: LoopMetrics, log: Log,
    requestLog: RequestLog? = nil, access: AccessList, catalog: ModelCatalog,
    figures: ServerFigures
  ) {
    self.limits = limits
    self.inference = inference
    self.metrics = metrics
    self.log = PeerLog(log)
    self.access = access
    self.requestLog = requestLog
    self.catalog = catalog
    self.figures = figures
    unsent = UnsentBudget(limits: limits, memory: inference.memory)
    inference.serve(catalog.models)
  }

  var memory: MemoryAccount { inference.memory }

  package var isReady: Bool { !isDraining && !hasStalledWorker }

  /// What STATS tells in this turn: made once, whoever asks.
  private var statsOfTurn: StatsReply?

  /// The same with statistics of models.
  private var modelStatsOfTurn: StatsReply?

  func stats(now: Instant, tellsModels: Bool) -> StatsReply {
    if let made = tellsModels ? modelStatsOfTurn : statsOfTurn { return made }
    let stats = figures.statsReply(now: now, tellsModels: tellsModels)
    if tellsModels { modelStatsOfTurn = stats } else { statsOfTurn = stats }
    return stats
  }

  /// A turn of the loop has come to its end.
  package func turnEnded() {
    statsOfTurn = nil
    modelStatsOfTurn = nil
  }

  /// Counts and logs a wrong token.
  /// - Returns: how long its answer has to wait.
  func guessed(_ connection: ConnectionLabel, now: Instant) -> Duration {
    metrics.tokensRefused.add()
    let delay = guesses.guessed(from: connection.peer.guessAccount, now: now)
    log.info(
      "token refused", about: connection, now: now,
      ["delay_milliseconds": delay.wholeMilliseconds])
    return delay
  }

  /// Counts and logs that a connection is cut: its unread answers are more than its share of a
  /// budget that is used up.
  func cutUnread(_ connection: ConnectionLabel, unsentByteCount: Int) {
    metrics.cut(.unread)
    log.info(
      "connection cut", about: connection, now: .now,
      ["unsent": unsentByteCount, "why": "unread answers are over the budget"])
  }

  /// Counts and logs that a connection is cut: its peer has read nothing for too long.
  func cutStalled(_ connection: ConnectionLabel, unsentByteCount: Int, now: Instant) {
    metrics.cut(.unreadTimeout)
    log.info(
      "connection cut", about: connection, now: now,
      [
        "unsent": unsentByteCount, "why": "nothing was read for \(limits.writeStallTimeout)",
      ])
  }
}

/// How the connections of a loop have other models loaded.
package struct RepositoryAccess {
  /// As `ModelRepository.request`, but that the completion is called on the loop.
  let request: (RepositoryCommand, @escaping (RepositoryReport) -> Void) -> Bool

  package init(
    request: @escaping (RepositoryCommand, @escaping (RepositoryReport) -> Void) -> Bool
  ) {
    self.request = request
  }
}

/// A value of a loop's on its way through another thread, which does not touch it.
struct LoopBound<Value>: @unchecked Sendable {
  // Unchecked: used on the loop alone.
  let value: Value
}

/// Answers that were written and that peers have not read: how much there is, and how much each
/// connection may have.
package final class UnsentBudget {
  private let limits: ServerLimits
  private let memory: MemoryAccount
  /// Over all connections of the loop.
  package private(set) var byteCount = 0
  package var connectionCount = 0 {
    didSet { memory.connectionCount = connectionCount }
  }

  package init(limits: ServerLimits, memory: MemoryAccount) {
    self.limits = limits
    self.memory = memory
  }

  /// Above this a connection is not read from.
  package var byteCountMaxPerConnection: Int {
    limits.unsentByteCountMax(connectionCount: connectionCount)
  }

  package var isExceeded: Bool { byteCount > limits.unsentByteCountMax || memory.isFull }

  package func change(by difference: Int) {
    byteCount += difference
    memory.unsentByteCount = byteCount
    precondition(byteCount >= 0, "bytes are given back once")
  }
}
