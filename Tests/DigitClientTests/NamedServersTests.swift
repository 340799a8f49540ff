import DigitClient
import DigitWire
import EventLoop
import ScriptedServers
import Testing

/// A resolver for the one name "digits:1", which stands for what a test says.
private final class Resolver: Sendable {
  private struct Unknown: Error {}

  private let state = Guarded((machines: [String]?.none, lookups: 0))

  init(_ machines: [String]?) { set(machines) }

  /// - Parameter machines: nil is a name that cannot be looked up.
  func set(_ machines: [String]?) { state.withLock { $0.machines = machines } }

  var lookups: Int { state.withLock { $0.lookups } }

  @Sendable func lookUp(_ name: SocketAddress) throws -> [SocketAddress] {
    let machines = state.withLock { state in
      state.lookups += 1
      return state.machines
    }
    guard let machines else { throw Unknown() }
    return try machines.map { try SocketAddress(parsing: $0) }
  }

  /// Returns when a pool has heard of what was set last.
  func isHeard() async throws {
    let before = lookups
    // One may be under way that began before. The next after it hears, and has told when the one
    // after that begins.
    try await until { self.lookups >= before + 2 }
  }
}

private func until(_ isTrue: () -> Bool) async throws {
  while !isTrue() { try await Task.sleep(for: .milliseconds(1)) }
}

/// A server that answers, and counts what it is asked and who leaves.
private final class CountingServer: Sendable {
  private struct Counts {
    var asked = 0
    var left = 0
  }
  private final class Counter: Sendable {
    let counts = Guarded(Counts())
  }

  private let counter: Counter
  private let server: ScriptedServer

  var address: String { server.address }
  var asked: Int { counter.counts.withLock { $0.asked } }
  var left: Int { counter.counts.withLock { $0.left } }

  /// - Parameter gate: waited for before an answer.
  init(gate: Semaphore? = nil) throws {
    let counter = Counter()
    self.counter = counter
    server = try ScriptedServer(
      left: { counter.counts.withLock { $0.left += 1 } },
      script: { frame, peer in
        counter.counts.withLock { $0.asked += 1 }
        gate?.wait()
        peer.answer(frame)
      })
  }
}

private func pool(
  _ addresses: [String] = ["digits:1"], every interval: Duration = .milliseconds(2),
  local: [String] = [], lookUp: @escaping NameLookup
) throws -> DigitPool {
  var options = PoolOptions()
  options.client.loop = try ClientLoop()
  options.lookUpInterval = interval
  options.local = local
  return try DigitPool(addresses, options: options, lookUp: lookUp)
}

extension DigitPool {
  fileprivate func isRight(_ digit: Int = 3, deadline: Duration? = nil) async throws -> Bool {
    try await predict(ImageBatch(images(digit)), deadline: deadline).images[0].label == digit
  }
}

/// Names that stand for several servers, which come and go.
@Suite(.timeLimit(.minutes(1))) struct NamedServersTests {
  @Test func `a name stands for all of its servers`() async throws {
    let servers = try (0..<3).map { _ in try CountingServer() }
    let resolver = Resolver(servers.map(\.address))
    let pool = try pool { try resolver.lookUp($0) }
    for digit in 0..<300 { #expect(try await pool.isRight(digit % 10)) }
    #expect(servers.map(\.asked).reduce(0, +) == 300)
    #expect(servers.allSatisfy { $0.asked > 50 })
    await pool.close()
  }

  @Test func `a server that comes is asked, and one that goes is not and is closed`() async throws {
    let (old, new) = (try CountingServer(), try CountingServer())
    let resolver = Resolver([old.address])
    let pool = try pool { try resolver.lookUp($0) }
    #expect(try await pool.isRight())
    resolver.set([new.address])
    try await resolver.isHeard()
    for _ in 0..<20 { #expect(try await pool.isRight()) }
    #expect(old.asked == 1)
    #expect(new.asked == 20)
    try await until { old.left == 1 }
    #expect(new.left == 0)
    await pool.close()
  }

  @Test func `a server that goes finishes what it has, and is closed then`() async throws {
    let gate = try Semaphore()
    let (old, new) = (try CountingServer(gate: gate), try CountingServer())
    let resolver = Resolver([old.address])
    let pool = try pool { try resolver.lookUp($0) }
    let slow = Task { try await pool.isRight(8) }
    try await until { old.asked == 1 }
    resolver.set([new.address])
    try await resolver.isHeard()
    #expect(try await pool.isRight())
    #expect((old.asked, new.asked) == (1, 1))
    gate.signal()
    #expect(try await slow.value)
    try await until { old.left == 1 }
    await pool.close()
  }

  @Test func `where a lookup fails or finds nothing, the servers stay`() async throws {
    let server = try CountingServer()
    let resolver = Resolver([server.address])
    let pool = try pool { try resolver.lookUp($0) }
    for machines in [nil, [server.address], []] {
      #expect(try await pool.isRight())
      resolver.set(machines)
      try await resolver.isHeard()
    }
    #expect(try await pool.isRight())
    #expect((server.asked, server.left) == (4, 0))
    await pool.close()
  }

  @Test func `a server that fails has its name looked up`() async throws {
    let new = try CountingServer()
    let resolver = Resolver(["127.0.0.1:1"])
    let pool = try pool(every: .seconds(3_600)) { try resolver.lookUp($0) }
    await #expect(throws: DigitClientError.self) { try await pool.isRight() }
    resolver.set([new.address])
    while (try? await pool.isRight()) != true {}
    #expect(new.asked == 1)
    #expect(resolver.lookups > 1)
    await pool.close()
  }

  @Test func `a name that cannot be looked up is connected to, which says what is wrong`()
    async throws
  {
    let server = try CountingServer()
    let port = server.address.split(separator: ":").last!
    let resolver = Resolver(nil)
    let pool = try pool(["localhost:\(port)"]) { try resolver.lookUp($0) }
    #expect(try await pool.isRight())
    // Then it is known.
    resolver.set([server.address])
    try await resolver.isHeard()
    #expect(try await pool.isRight())
    try await until { server.left == 1 }
    await pool.close()
  }

  @Test func `the system's resolver is asked otherwise`() async throws {
    let server = try CountingServer()
    let port = server.address.split(separator: ":").last!
    let pool = try DigitPool(["localhost:\(port)"])
    #expect(try await pool.isRight())
    await pool.close()
    await #expect(throws: DigitClientError.closed) { try await pool.isRight() }
  }

  @Test func `nobody waits longer for a resolver than the deadline, or where a server is known`()
    async throws
  {
    let (never, end) = AsyncStream.makeStream(of: Void.self)
    let lookUp: NameLookup = { _ in
      for await _ in never {}
      return []
    }
    let server = try CountingServer()
    let silent = try pool(lookUp: lookUp)
    let error = await #expect(throws: DigitClientError.self) {
      try await silent.isRight(deadline: .milliseconds(20))
    }
    guard case .timedOut? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let mixed = try pool(["digits:1", server.address], lookUp: lookUp)
    #expect(try await mixed.isRight())
    let waiting = Task { try await silent.isRight() }
    await silent.close()
    await #expect(throws: DigitClientError.closed) { try await waiting.value }
    await mixed.close()
    end.finish()
  }

  @Test func `what waits for a connection when a pool is closed is told that`() async throws {
    // Nobody answers HELLO.
    let hello = try Semaphore()
    let server = try ScriptedServer(welcome: nil) { _, _ in hello.signal() }
    let pool = try DigitPool([server.address])
    let waiting = Task { try await pool.isRight() }
    await Task.detached { hello.wait() }.value
    await pool.close()
    await #expect(throws: DigitClientError.closed) { try await waiting.value }
  }

  @Test func `local servers are asked`() async throws {
    let (near, far) = (try CountingServer(), try CountingServer())
    let resolver = Resolver([near.address, far.address])
    let named = try pool(local: ["digits:1"]) { try resolver.lookUp($0) }
    for _ in 0..<40 { #expect(try await named.isRight()) }
    #expect(near.asked > 0 && far.asked > 0, "both are")
    await named.close()

    let before = far.asked
    let mixed = try pool([near.address, far.address], local: [near.address]) {
      try resolver.lookUp($0)
    }
    for _ in 0..<40 { #expect(try await mixed.isRight()) }
    #expect(far.asked == before)
    await mixed.close()
    #expect(throws: DigitClientError.invalidNetwork("10.0.0.0/40")) {
      try pool(local: ["10.0.0.0/40"]) { [$0] }
    }
  }
}
