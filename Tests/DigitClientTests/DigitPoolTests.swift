import DigitClient
import DigitWire
import EventLoop
import ScriptedServers
import Testing

/// Counts what a script sees.
private final class Count: Sendable {
  private let value = Guarded(0)
  @discardableResult func next() -> Int {
    value.withLock {
      $0 += 1
      return $0
    }
  }
  var total: Int { value.withLock { $0 } }
}

/// Asks for `count` digits at once; how many came back as what was asked.
private func ask(_ pool: DigitPool, _ count: Int) async throws -> Int {
  try await withThrowingTaskGroup(of: Bool.self) { group in
    for index in 0..<count {
      group.addTask { try await pool.predict(images(index % 10)).images[0].label == index % 10 }
    }
    return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
  }
}

extension DigitPool {
  fileprivate func predict(_ pixels: [UInt8], deadline: Duration? = nil) async throws -> Prediction
  {
    try await predict(ImageBatch(pixels), deadline: deadline)
  }
}

@Suite(.timeLimit(.minutes(1))) struct DigitPoolTests {
  @Test func `both servers are asked, and each answer reaches its request`() async throws {
    let counts = [Count(), Count()]
    let servers = try counts.map { count in
      try ScriptedServer { frame, peer in
        count.next()
        peer.answer(frame)
      }
    }
    let pool = try DigitPool(servers.map(\.address))
    #expect(try await ask(pool, 400) == 400)
    #expect(counts.map(\.total).reduce(0, +) == 400)
    #expect(counts.allSatisfy { $0.total > 100 })
    await pool.close()
    await #expect(throws: DigitClientError.closed) { try await pool.predict(images(1)) }
    withExtendedLifetime(servers) {}
  }

  @Test func `predictions whose connection breaks are sent again`() async throws {
    let count = Count()
    let fragile = try ScriptedServer { frame, peer in
      count.next() == 8 ? peer.close() : peer.kept.append(frame)
      if count.total > 8 { peer.answer(frame) }
    }
    let steady = try ScriptedServer { $1.answer($0) }
    let pool = try DigitPool([fragile.address, steady.address])
    #expect(try await ask(pool, 100) == 100)
    #expect(count.total >= 8)
  }

  @Test func `they are not where only the unprocessed shall be`() async throws {
    let server = try ScriptedServer { _, peer in peer.close() }
    var options = PoolOptions()
    options.retry.scope = .onlyUnprocessed
    let pool = try DigitPool([server.address], options: options)
    do {
      _ = try await pool.predict(images(1))
      Issue.record("expected a lost connection")
    } catch DigitClientError.connectionLost(let processed, _) {
      #expect(processed == .unknown)
    }
  }

  @Test func `a server that leaves gets nothing new, and loses nothing`() async throws {
    let before = Count()
    let leaving = try ScriptedServer { frame, peer in
      peer.kept.append(frame)
      if peer.kept.count == 1 {
        peer.send(GoAway(reason: .maximumAge, graceMilliseconds: 1_000))
        before.next()
      }
      peer.answer(frame)
    }
    let pool = try DigitPool([leaving.address])
    // One server, whose every connection takes one request: each of these needs a new one.
    for digit in 0..<5 {
      #expect(try await pool.predict(images(digit)).images[0].label == digit)
    }
    #expect(before.total == 5)
  }

  @Test func `what would not help is not tried again`() async throws {
    let count = Count()
    let server = try ScriptedServer { frame, peer in
      count.next()
      peer.refuse(frame, .badPixel)
    }
    let pool = try DigitPool([server.address, server.address])
    await #expect(throws: DigitClientError.self) { try await pool.predict(images(1)) }
    #expect(count.total == 1)
    #expect(throws: DigitClientError.invalidAddress("nowhere")) {
      try DigitPool(["nowhere"])
    }
  }

  @Test func `an overloaded server is tried again after a pause`() async throws {
    let count = Count()
    let server = try ScriptedServer { frame, peer in
      if count.next() < 4 { peer.refuse(frame, .overloaded) } else { peer.answer(frame) }
    }
    let pool = try DigitPool([server.address])
    #expect(try await pool.predict(images(3)).images[0].label == 3)
    #expect(count.total == 4)
  }

  @Test func `a deadline holds for connecting too`() async throws {
    let silent = try ScriptedServer(welcome: nil) { _, _ in }
    let pool = try DigitPool([silent.address])
    let error = await #expect(throws: DigitClientError.self) {
      try await pool.predict(images(1), deadline: .milliseconds(30))
    }
    guard case .timedOut(after: ...Duration.milliseconds(30), processed: .no)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `a second server is asked where the first is slow, if that is wanted`() async throws {
    let withdrawn = Count()
    let slow = try ScriptedServer { frame, peer in
      if frame.type == .cancel { withdrawn.next() }
    }
    let quick = try ScriptedServer { $1.answer($0) }
    var options = PoolOptions()
    options.hedgeAfter = .milliseconds(5)
    let pool = try DigitPool([slow.address, quick.address], options: options)
    for _ in 0..<20 { #expect(try await pool.predict(images(6)).images[0].label == 6) }
    #expect(withdrawn.total > 0)
  }
}
