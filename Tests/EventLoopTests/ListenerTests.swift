import EventLoop
import Glibc
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct ListenerTests {
  private static let loopback = SocketAddress.internet(host: "127.0.0.1", port: 0)

  // MARK: What one turn does

  @Test(arguments: [
    (AcceptTurn.Result.accepted, AcceptTurn.Action.accept), (.passedOver, .accept),
    (.nobodyWaits, .wait), (.noDescriptor, .cut), (.failed, .pause),
  ])
  func `after an accept`(_ result: AcceptTurn.Result, _ next: AcceptTurn.Action) {
    var turn = AcceptTurn()
    #expect(turn.next(after: .accept, result) == next)
  }

  @Test(arguments: [
    (AcceptTurn.Result.accepted, AcceptTurn.Action.accept), (.passedOver, .accept),
    (.nobodyWaits, .wait), (.noDescriptor, .pause), (.failed, .pause),
  ])
  func `after an accept with the reserve's descriptor`(
    _ result: AcceptTurn.Result, _ next: AcceptTurn.Action
  ) {
    var turn = AcceptTurn()
    #expect(turn.next(after: .cut, result) == next)
  }

  @Test(arguments: [AcceptTurn.Result.accepted, .passedOver])
  func `a turn is bounded, whatever the connections come to`(_ result: AcceptTurn.Result) {
    var turn = AcceptTurn()
    var count = 1
    while turn.next(after: .accept, result) == .accept { count += 1 }
    #expect(count == AcceptTurn.acceptCountMax)
  }

  @Test func `one is taken in a turn where others are not all read`() {
    var turn = AcceptTurn(isReadTimeShort: true)
    #expect(turn.next(after: .accept, .accepted) == .wait)
  }

  // MARK: On sockets

  @Test func `more connections than one turn takes are all accepted`() throws {
    let count = 3 * AcceptTurn.acceptCountMax
    var accepted = 0
    try withLoop { loop in
      var listener: Listener?
      listener = try Listener(Self.loopback, loop: loop) { socket in
        accepted += 1
        socket.close()
        if accepted == count { listener?.close() }
      }
      let address = try #require(listener).address
      for _ in 0..<count {
        Connector.connect(to: address, on: loop) { try? $0.get().close() }
      }
    }
    #expect(accepted == count)
  }

  @Test func `a listener that is closed while it accepts takes nobody else`() throws {
    var accepted = 0
    try withLoop { loop in
      var listener: Listener?
      listener = try Listener(Self.loopback, loop: loop) { _ in
        accepted += 1
        listener?.close()
        listener?.close()
      }
      let address = try #require(listener).address
      let clients = [try connected(to: address), try connected(to: address)]
      // Both wait before the loop runs.
      for client in clients { later(on: loop) { close(client) } }
    }
    #expect(accepted == 1)
  }

  @Test func `a socket that nobody adopts is closed`() throws {
    try withLoop { loop in
      var listener: Listener?
      listener = try Listener(Self.loopback, loop: loop) { _ in listener?.close() }
      let client = try connected(to: try #require(listener).address)
      later(on: loop) {
        #expect(readsEnd(client))
        close(client)
      }
    }
  }

  @Test(arguments: [loopback, .unix(path: "/tmp/digits-\(getpid())-adopted.sock")])
  func `a socket is adopted by a loop on another thread`(_ address: SocketAddress) throws {
    let echo = try EchoLoop()
    let received = Mutex<[UInt8]>([])
    try withLoop { loop in
      var listener: Listener?
      listener = try Listener(address, loop: loop) { socket in
        switch address {
        case .internet: #expect(socket.peerCredentials == nil)
        case .unix: #expect(socket.peerCredentials?.processID == getpid())
        }
        echo.adopt(socket)
        listener?.close()
      }
      let client = Witness()
      client.onRead = { [unowned client] stream in
        guard client.received.count == 100_000 else { return }
        received.withLock { $0 = client.received }
        stream.close()
      }
      Connector.connect(to: try #require(listener).address, on: loop) { result in
        guard let stream = try? result.get() else { return }
        stream.delegate = client
        stream.startReading()
        stream.write(pattern(100_000))
      }
    }
    echo.join()
    #expect(received.withLock { $0 } == pattern(100_000))
  }

  @Test func `a Unix socket's file goes with its listener, but not another's`() throws {
    let path = "/tmp/digits-\(getpid())-file.sock"
    defer { unlink(path) }
    try withLoop { loop in
      try Listener(.unix(path: path), loop: loop) { _ in }.close()
      #expect(access(path, F_OK) != 0)
      let first = try Listener(.unix(path: path), loop: loop) { _ in }
      // As an administrator would to start another server beside the first.
      unlink(path)
      let second = try Listener(.unix(path: path), loop: loop) { _ in }
      first.close()
      #expect(access(path, F_OK) == 0)
      second.close()
      #expect(access(path, F_OK) != 0)
    }
  }

  /// A blocking client socket.
  private func connected(to address: SocketAddress) throws -> CInt {
    guard case .internet(_, let port) = address else { fatalError("expected TCP") }
    let client = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    var storage = sockaddr_in()
    storage.sin_family = sa_family_t(AF_INET)
    storage.sin_port = port.bigEndian
    storage.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(status == 0)
    return client
  }

  private func readsEnd(_ client: CInt) -> Bool {
    var byte: UInt8 = 0
    return recv(client, &byte, 1, 0) <= 0
  }
}

/// A loop on a thread of its own that sends back what the one socket given to it reads, and ends
/// with it.
private final class EchoLoop: @unchecked Sendable {
  private let socket = Guarded<AcceptedSocket?>(nil)
  private var wakeup: Wakeup!
  private var thread: WorkerThread!

  init() throws {
    let loop = try Loop()
    wakeup = try Wakeup(on: loop) { [unowned self] in begin(on: loop) }
    let box = Box(loop)
    thread = try WorkerThread {
      SignalWatcher.blockBrokenPipesOnThisThread()
      box.loop.run()
      box.loop.close()
    }
  }

  func adopt(_ socket: AcceptedSocket) {
    self.socket.withLock { $0 = socket }
    wakeup.wake()
  }

  func join() { thread.join() }

  private func begin(on loop: Loop) {
    guard let socket = self.socket.withLock({ $0 }),
      let stream = try? ByteStream(adopting: socket, loop: loop)
    else { return }
    wakeup.close()
    stream.delegate = Echo()
    stream.startReading()
  }

  private final class Box: @unchecked Sendable {
    let loop: Loop
    init(_ loop: Loop) { self.loop = loop }
  }
}

private final class Echo: ByteStreamDelegate {
  func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) { stream.write(bytes) }
  func streamDidReachEnd(_ stream: ByteStream) { stream.close() }
  func streamDidSend(_ stream: ByteStream) {}
  func stream(_ stream: ByteStream, didFail error: UVError) { stream.close() }
  func streamDidClose(_ stream: ByteStream) {}
}
