import EventLoop

/// Whether one endpoint is worth asking: five failures in a row and it is left alone for a while,
/// longer each time, until it answers again.
package struct Ejection: Equatable {
  package static let failuresMax = 5
  package static let shortest = Duration.seconds(1)
  package static let longest = Duration.seconds(30)

  private var failuresInARow = 0
  private var ejections = 0
  /// When it may be asked again; one failure then ejects it anew.
  package private(set) var until: Instant?

  package init() {}

  package func isEjected(now: Instant) -> Bool { until.map { now < $0 } ?? false }

  package mutating func succeeded() { self = Ejection() }

  package mutating func failed(now: Instant) {
    guard !isEjected(now: now) else { return }
    failuresInARow += 1
    guard failuresInARow >= Self.failuresMax || ejections > 0 else { return }
    let time = min(Self.shortest * (1 << min(ejections, 10)), Self.longest)
    until = now.advanced(by: time)
    ejections += 1
    failuresInARow = 0
  }
}
