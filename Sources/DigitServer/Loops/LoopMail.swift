import DigitWire
import EventLoop
import Synchronization

/// What the process tells one of its loops, from another thread.
enum LoopMessage: Sendable {
  /// A connection is this loop's from now on.
  case adopt(Newcomer)
  /// New requests may name these models.
  case serve(ModelCatalog)
  /// Something to do with what the loop's connections share, for whoever is none of them.
  case perform(@Sendable (LoopContext) -> Void)
  case drain
  /// Cut what is open, and end.
  case stop
}

/// A connection that the acceptor has taken in and counted.
struct Newcomer: Sendable {
  let socket: AcceptedSocket
  let door: Door
  /// Came when the server was draining already: the drain does not wait for it.
  let isLate: Bool
  /// What HELLO is answered where there are too many connections: this one is taken for HEALTH.
  let turnedAway: Refusal?
}

/// Messages on their way to a loop.
final class LoopMail: Sendable {
  private let messages = Guarded<[LoopMessage]>([])
  private let wakeup: Wakeup

  /// On the loop's thread.
  init(on loop: Loop, arrived: @escaping () -> Void) throws(UVError) {
    wakeup = try Wakeup(on: loop, woken: arrived)
  }

  /// From any thread.
  func post(_ message: LoopMessage) {
    messages.withLock { $0.append(message) }
    wakeup.wake()
  }

  func takeAll() -> [LoopMessage] {
    messages.withLock { messages in
      defer { messages = [] }
      return messages
    }
  }

  /// On the loop's thread; what is posted afterwards is dropped.
  func close() { wakeup.close() }
}

/// How many connections a loop has, those on their way to it included: the acceptor counts them in,
/// the loop counts them out, whoever wants to know reads.
final class ConnectionCount: Sendable {
  private let binary = Atomic<Int>(0)
  private let http = Atomic<Int>(0)
  /// Those that a drain waits for: it began after they had come.
  private let owed = Atomic<Int>(0)

  func add(_ door: Door, isLate: Bool) { change(door, by: 1, isLate: isLate) }
  func remove(_ door: Door, isLate: Bool) { change(door, by: -1, isLate: isLate) }

  private func change(_ door: Door, by difference: Int, isLate: Bool) {
    switch door {
    case .binary: binary.wrappingAdd(difference, ordering: .relaxed)
    case .http: http.wrappingAdd(difference, ordering: .relaxed)
    }
    if !isLate { owed.wrappingAdd(difference, ordering: .relaxed) }
  }

  func openCount(of door: Door) -> Int {
    switch door {
    case .binary: binary.load(ordering: .relaxed)
    case .http: http.load(ordering: .relaxed)
    }
  }

  var openCount: Int { openCount(of: .binary) + openCount(of: .http) }
  var owedCount: Int { owed.load(ordering: .relaxed) }
}
