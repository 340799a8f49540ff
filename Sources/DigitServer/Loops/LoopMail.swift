import EventLoop
import Synchronization

/// What the process tells one of its loops, from another thread.
enum LoopMessage: Sendable {
  /// A connection is this loop's from now on.
  case adopt(AcceptedSocket, isLate: Bool)
  /// New requests may name these models.
  case serve(ModelCatalog)
  /// Something to do with what the loop's connections share, for whoever is none of them.
  case perform(@Sendable (LoopContext) -> Void)
  case drain
  /// Cut what is open, and end.
  case stop
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
  private let open = Atomic<Int>(0)
  /// Those that a drain waits for: it began after they had come.
  private let owed = Atomic<Int>(0)

  func add(isLate: Bool) {
    open.wrappingAdd(1, ordering: .relaxed)
    if !isLate { owed.wrappingAdd(1, ordering: .relaxed) }
  }

  func remove(isLate: Bool) {
    open.wrappingSubtract(1, ordering: .relaxed)
    if !isLate { owed.wrappingSubtract(1, ordering: .relaxed) }
  }

  var openCount: Int { open.load(ordering: .relaxed) }
  var owedCount: Int { owed.load(ordering: .relaxed) }
}
