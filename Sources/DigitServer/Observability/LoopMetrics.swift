import EventLoop

/// What one loop has done since the server began: its thread writes, whoever is asked for figures
/// reads. A metric is one property here and one line in `ServerFigures`.
package final class LoopMetrics: Sendable {
  let connectionsAccepted = Counter()
  let connectionsRefused = Counter()
  let connectionsOpen = Counter()
  private let cuts = Counters(count: CutReason.allCases.count)
  /// As the last sweep found them.
  private let standings = ConnectionStanding.allCases.map { _ in Counter() }
  /// Closed as soon as they were accepted, for want of a file descriptor.
  let connectionsCutNoDescriptor = Counter()
  /// Cut because of a time-out: of the handshake, a frame, a silence, or answers left unread.
  let connectionsTimedOut = Counter()
  let tlsHandshakes = Counter()
  /// Refused by either side, cut, or not finished in time.
  let tlsHandshakesFailed = Counter()
  /// Wrong tokens, and none where one is wanted.
  let tokensRefused = Counter()
  /// What connections take, in bytes.
  let memoryHeldBytes = Counter()
  let requestsReceived = Counter()
  let requestsAnswered = Counter()
  let requestsRefused = Counter()
  let requestsAbandoned = Counter()
  private let sheds = Counters(count: ShedReason.allCases.count)
  let requestsInFlight = Counter()
  let imagesInferred = Counter()
  let batches = BatchSizes()
  let queueMicroseconds = Counter()
  let computeMicroseconds = Counter()
  let bytesReceived = Counter()
  /// Connections of the HTTP door, which are among `connectionsOpen`.
  let httpConnectionsOpen = Counter()
  /// By status, from 100 on.
  private let httpAnswers = Counters(count: httpStatuses.count)
  let models = ModelMetricsList()
  /// Processor time of the loop's turns.
  let turns = LatencyCounts()
  let longestTurnMicroseconds = Counter()
  /// From the reading of headers to the end of the turn that sends their refusals.
  let refusals = LatencyCounts()
  /// By how much answers came after deadlines, or after `--queue-age`.
  let overdue = LatencyCounts()

  static let httpStatuses = 100..<600

  package init() {}

  /// The HTTP door has answered a request.
  /// - Parameter status: from 100 to 599.
  package func httpAnswered(status: Int) {
    httpAnswers.add(at: status - Self.httpStatuses.lowerBound)
  }

  func httpAnswerCount(status: Int) -> UInt64 {
    httpAnswers.count(at: status - Self.httpStatuses.lowerBound)
  }

  func turnEnded(nanoseconds: UInt64) {
    turns.record(nanoseconds: nanoseconds)
    if nanoseconds / 1_000 > longestTurnMicroseconds.count {
      longestTurnMicroseconds.set(Int(nanoseconds / 1_000))
    }
  }

  /// Connections as a sweep has found them, by standing.
  func swept(_ counts: [Int]) {
    for (standing, count) in zip(standings, counts) { standing.set(count) }
  }

  func connectionCount(_ standing: ConnectionStanding) -> UInt64 {
    standings[standing.rawValue].count
  }

  func cut(_ reason: CutReason) {
    cuts.add(at: reason.rawValue)
    switch reason {
    case .unreadTimeout, .handshakeTimeout, .requestTimeout, .idleTimeout:
      connectionsTimedOut.add()
    case .unread, .tooManyHandshakes, .noDescriptor, .refused: break
    }
  }

  /// As browsers and proxies expect it: not among those that timed out.
  func cutQuietly(_ reason: CutReason) { cuts.add(at: reason.rawValue) }

  func cutCount(_ reason: CutReason) -> UInt64 {
    reason == .noDescriptor ? connectionsCutNoDescriptor.count : cuts.count(at: reason.rawValue)
  }

  /// A request has ended like this; counted where the server had too much to do.
  func shed(_ rejection: Rejection) {
    if let reason = ShedReason(rejection) { sheds.add(at: reason.rawValue) }
  }

  package func shedCount(_ reason: ShedReason) -> UInt64 { sheds.count(at: reason.rawValue) }

  func record(_ completion: Completion) {
    guard completion.outcome == .computed else { return }
    imagesInferred.add(UInt64(completion.imageCount))
    guard completion.batchImageCount > 0 else { return }
    batches.count(completion.batchImageCount)
    computeMicroseconds.add(completion.finished.microseconds(since: completion.started))
  }
}
