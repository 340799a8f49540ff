import EventLoop

/// A thread with an event loop, on which the connections of one or many clients live.
///
/// It ends with its last client. Give the same loop to several clients through
/// `ClientOptions.loop` where a thread each would be too many.
public final class ClientLoop: Sendable {
  private let core: LoopCore
  private let thread: WorkerThread

  /// - Throws: `DigitClientError.connectFailed` when the system gives no thread or descriptor.
  public init() throws(DigitClientError) {
    do {
      let core = try LoopCore()
      self.core = core
      thread = try WorkerThread { core.run() }
    } catch {
      throw .connectFailed(address: "the event loop", reason: String(describing: error))
    }
  }

  /// Nobody else can post now, so the loop ends when its connections have closed.
  deinit {
    core.post(.stop)
    thread.join()
  }

  func post(_ command: LoopCommand) { core.post(command) }

  /// The machines behind a host name, by the system's resolver.
  /// - Throws: why it cannot be looked up, as `UVError`.
  func machines(of name: SocketAddress) async throws -> [SocketAddress] {
    try await withCheckedThrowingContinuation { continuation in
      post(
        .perform { loop in
          name.lookUpMachines(on: loop) { continuation.resume(with: $0) }
        })
    }
  }

  /// What `body` returns on the loop's thread.
  package func measure<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      post(.perform { _ in continuation.resume(returning: body()) })
    }
  }
}

/// What callers ask of the loop's thread.
enum LoopCommand: Sendable {
  case open(ClientConnection, Opening)
  case submit(Request, ClientConnection)
  case cancel(Request, ClientConnection)
  /// Something to do on the loop's thread.
  case perform(@Sendable (Loop) -> Void)
  case close(ClientConnection, CheckedContinuation<Void, Never>?)
  case stop
}

/// Who waits for a connection to open.
typealias Opening = CheckedContinuation<Void, any Error>

/// The loop, and the mailbox that every other thread reaches it through.
private final class LoopCore: @unchecked Sendable {
  private let commands = Guarded<[LoopCommand]>([])
  // What follows belongs to the loop's thread once it runs.
  private let loop: Loop
  private var wakeup: Wakeup!
  private var opened: [LoopCommand] = []

  init() throws(UVError) {
    loop = try Loop()
    wakeup = try Wakeup(on: loop) { [unowned self] in readCommands() }
  }

  func run() {
    SignalWatcher.blockBrokenPipesOnThisThread()
    loop.run()
    loop.close()
  }

  func post(_ command: LoopCommand) {
    commands.withLock {
      $0.append(command)
      // The first command wakes for all that come before it is read. Inside the lock, so that
      // nobody wakes after `stop` has been read.
      if $0.count == 1 { wakeup.wake() }
    }
  }

  private func readCommands() {
    // Two arrays take turns, so that posting seldom allocates.
    commands.withLock { swap(&$0, &opened) }
    for command in opened { perform(command) }
    opened.removeAll(keepingCapacity: true)
  }

  private func perform(_ command: LoopCommand) {
    switch command {
    case .open(let connection, let opening): connection.open(on: loop, opening)
    case .submit(let request, let connection): connection.submit(request)
    case .cancel(let request, let connection): connection.cancel(request)
    case .perform(let body): body(loop)
    case .close(let connection, let closing): connection.close(closing)
    case .stop: wakeup.close()
    }
  }
}
