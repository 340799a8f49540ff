import EventLoop

/// From the end of a connection to the first answer over one that was made after it.
package struct Outage: Sendable, Equatable {
  package var began: Instant
  /// Nil where none came until the load was over.
  package var firstAnswer: Instant?
  /// Requests that were in flight on connections that ended.
  package var lost = 0
  /// Requests that the server refused because it was about to stop.
  package var refused = 0
  /// Those of both that were sent again.
  package var retried = 0
  package var failedConnects = 0

  package init(began: Instant) { self.began = began }

  /// From its beginning to the first answer.
  package var nanoseconds: UInt64? { firstAnswer?.nanoseconds(since: began) }
}

/// The outages of a load that goes on over them.
package struct Outages {
  package private(set) var all: [Outage] = []

  /// More are told as one with the last.
  private static let countMax = 1_000

  package init() {}

  /// The one that no answer has ended; nil where there is none.
  package var current: Outage? {
    guard let last = all.last, last.firstAnswer == nil else { return nil }
    return last
  }

  package mutating func connectionEnded(now: Instant) {
    guard current == nil else { return }
    if all.count < Self.countMax {
      all.append(Outage(began: now))
    } else {
      all[all.count - 1].firstAnswer = nil
    }
  }

  /// - Parameter opened: when its connection was made; nil for one from before the load.
  package mutating func answered(over opened: Instant?, now: Instant) {
    guard let current, let opened, opened >= current.began else { return }
    all[all.count - 1].firstAnswer = now
  }

  package mutating func lost(_ count: Int) { change { $0.lost += count } }
  package mutating func refused() { change { $0.refused += 1 } }
  package mutating func retried() { change { $0.retried += 1 } }
  package mutating func connectFailed() { change { $0.failedConnects += 1 } }

  private mutating func change(_ body: (inout Outage) -> Void) {
    if !all.isEmpty { body(&all[all.count - 1]) }
  }
}

extension Outage {
  /// What several threads saw, with those that overlap as one: it ends with the first answer of
  /// any.
  static func merged(_ parts: [[Outage]]) -> [Outage] {
    var merged: [Outage] = []
    var end: Instant?
    for outage in parts.joined().sorted(by: { $0.began < $1.began }) {
      if let last = merged.last, end.map({ outage.began <= $0 }) ?? true {
        var sum = last
        sum.lost += outage.lost
        sum.refused += outage.refused
        sum.retried += outage.retried
        sum.failedConnects += outage.failedConnects
        sum.firstAnswer = [last.firstAnswer, outage.firstAnswer].compactMap(\.self).min()
        merged[merged.count - 1] = sum
        end = outage.firstAnswer.flatMap { own in end.map { max($0, own) } }
      } else {
        merged.append(outage)
        end = outage.firstAnswer
      }
    }
    return merged
  }
}
