import EventLoop
import Glibc
import Testing

@Suite(.timeLimit(.minutes(1))) struct ConnectorTests {
  /// The one outcome of a connect.
  private func outcome(
    of address: SocketAddress, then act: (Connector?) -> Void = { _ in }
  ) throws -> Result<Void, UVError> {
    var outcomes: [Result<Void, UVError>] = []
    try withLoop { loop in
      let connector = Connector.connect(to: address, on: loop) { result in
        outcomes.append(result.map { $0.close() })
      }
      act(connector)
    }
    try #require(outcomes.count == 1)
    return outcomes[0]
  }

  private func freeAddress() throws -> SocketAddress {
    let loop = try Loop()
    let listener = try Listener(.internet(host: "127.0.0.1", port: 0), loop: loop) { _ in }
    listener.close()
    loop.run()
    loop.close()
    return listener.address
  }

  @Test func `port 0 becomes a real one`() throws {
    let address = try freeAddress()
    guard case .internet("127.0.0.1", let port) = address else {
      Issue.record("expected 127.0.0.1, got \(address)")
      return
    }
    #expect(port > 0)
  }

  @Test func `where nobody listens the connection is refused`() throws {
    let result = try outcome(of: try freeAddress())
    #expect(throws: UVError(code: -ECONNREFUSED)) { try result.get() }
  }

  @Test func `a socket file that is not there is told so`() throws {
    let result = try outcome(of: .unix(path: "/nonexistent/socket"))
    #expect(throws: UVError(code: -ENOENT)) { try result.get() }
  }

  @Test func `a connect that is given up ends once, as cancelled`() throws {
    let result = try outcome(of: try freeAddress()) { connector in
      connector?.cancel()
      connector?.cancel()
    }
    #expect(throws: UVError(code: UVError.cancelled)) { try result.get() }
  }

  @Test func `a name is looked up while the loop goes on`() throws {
    var events: [String] = []
    try withLoop { loop in
      let listener = try Listener(.internet(host: "127.0.0.1", port: 0), loop: loop) { $0.close() }
      guard case .internet(_, let port) = listener.address else { return }
      Connector.connect(to: .internet(host: "localhost", port: port), on: loop) { result in
        events.append((try? result.get()) == nil ? "failed" : "connected")
        try? result.get().close()
        listener.close()
      }
      events.append("going on")
    }
    #expect(events == ["going on", "connected"])
  }

  @Test func `an unknown name is told so, in a later turn`() throws {
    var isLater = false
    let result = try outcome(of: .internet(host: "no-such-host.invalid", port: 1)) { _ in
      isLater = true
    }
    #expect(isLater)
    #expect(throws: UVError.self) { try result.get() }
  }

  @Test func `a look-up that is given up ends once, as cancelled`() throws {
    let result = try outcome(of: .internet(host: "localhost", port: 1)) { connector in
      connector?.cancel()
      connector?.cancel()
    }
    #expect(throws: UVError(code: UVError.cancelled)) { try result.get() }
  }

  @Test func `giving up after the outcome leaves the stream alone`() throws {
    try withLoop { loop in
      var connector: Connector?
      var listener: Listener?
      listener = try Listener(.internet(host: "127.0.0.1", port: 0), loop: loop) { $0.close() }
      connector = Connector.connect(to: try #require(listener).address, on: loop) { result in
        let stream = try? result.get()
        later(on: loop) {
          connector?.cancel()
          #expect(stream?.isClosing == false)
          stream?.close()
          listener?.close()
        }
      }
    }
  }

  @Test func `a port in use cannot be listened on`() throws {
    try withLoop { loop in
      let listener = try Listener(.internet(host: "127.0.0.1", port: 0), loop: loop) { _ in }
      guard case .internet(let host, let port) = listener.address else { return }
      do {
        _ = try Listener(.internet(host: host, port: port), loop: loop) { _ in }
        Issue.record("expected the port to be in use")
      } catch let error as UVError {
        #expect(error.isAddressInUse)
      }
      listener.close()
    }
  }
}
