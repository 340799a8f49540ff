import EventLoop
import Glibc
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct LoopTests {
  @Test func `a loop with nothing on it ends at once`() throws {
    try withLoop { _ in }
  }

  @Test func `the end of a turn comes before what was written in it is sent`() throws {
    let (client, server) = (Witness(), Witness())
    try withLoop { loop in
      try connectPair(on: loop, client, server) { client, server in
        server.startReading()
        client.write([1])
        loop.turnEnd = {
          loop.turnEnd = nil
          #expect(client.unsentByteCount == 1)
          client.write([2])
          client.end()
        }
        client.startReading()
      }
    }
    #expect(server.received == [1, 2])
  }

  @Test func `a loop that is told to rest after a turn does, when its answers are sent`() throws {
    let (client, server) = (Witness(), Witness())
    var rested: [Instant] = []
    var next: Instant?
    try withLoop { loop in
      try connectPair(on: loop, client, server) { client, server in
        server.startReading()
        client.write([1])
        loop.turnSent = {
          #expect(client.unsentByteCount == 0)
          rested.append(.now)
          guard rested.count == 1 else { return 0 }
          client.end()
          return 2_000_000
        }
        loop.turnEnd = { if rested.count == 1 { next = .now } }
        client.startReading()
      }
    }
    #expect(server.received == [1])
    #expect(try #require(next).isAtLeast(.microseconds(2_000), after: rested[0]))
  }

  @Test func `stop ends the run and leaves the loop to be run again`() throws {
    let loop = try Loop()
    var fired = 0
    let timer = try Timer(on: loop) {
      fired += 1
      loop.stop()
    }
    timer.start(after: .zero, every: .milliseconds(1))
    loop.run()
    #expect(fired == 1)
    loop.run()
    #expect(fired == 2)
    timer.close()
    loop.close()
  }

  @Test func `a timer never fires early`() throws {
    let start = Instant.now
    var fired: Instant?
    try withLoop { loop in
      var timer: Timer?
      timer = try Timer(on: loop) {
        fired = .now
        timer?.close()
      }
      timer?.start(after: .microseconds(2_500))
    }
    #expect(try #require(fired).isAtLeast(.microseconds(2_500), after: start))
  }

  @Test func `a timer of a loop that stood still does not fire early either`() throws {
    let loop = try Loop()
    let timer = try Timer(on: loop) { loop.stop() }
    timer.start(after: .zero)
    loop.run()
    usleep(50_000)
    let start = Instant.now
    timer.start(after: .milliseconds(30))
    loop.run()
    #expect(Instant.now.isAtLeast(.milliseconds(29), after: start))
    timer.close()
    loop.close()
  }

  @Test func `timers fire in the order of their times, and not when stopped`() throws {
    var order: [Int] = []
    try withLoop { loop in
      var timers: [Timer] = []
      for number in 0..<4 {
        timers.append(
          try Timer(on: loop) {
            order.append(number)
            if number == 3 { for timer in timers { timer.close() } }
          })
      }
      for (timer, delay) in zip(timers, [3, 1, 2, 5]) {
        timer.start(after: .milliseconds(delay))
      }
      timers[2].stop()
    }
    #expect(order == [1, 0, 3])
  }

  @Test func `a semaphore lets through as often as it was signalled`() throws {
    let (here, there) = (try Semaphore(), try Semaphore())
    let rounds = Counter()
    let thread = try WorkerThread {
      for _ in 0..<100 {
        there.wait()
        rounds.add()
        here.signal()
      }
    }
    for round in 1...100 {
      there.signal()
      here.wait()
      #expect(rounds.value == round)
    }
    thread.join()
  }

  @Test func `a signal is told on the loop's thread, though it was blocked there`() throws {
    var received: [CInt] = []
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGUSR2)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    try withLoop { loop in
      var watcher: SignalWatcher?
      watcher = try SignalWatcher(SIGUSR2, on: loop) { signal in
        received.append(signal)
        watcher?.close()
      }
      pthread_kill(pthread_self(), SIGUSR2)
    }
    #expect(received == [SIGUSR2])
  }
}

/// A number for several threads.
final class Counter: Sendable {
  private let number = Atomic(0)
  var value: Int { number.load(ordering: .sequentiallyConsistent) }
  func add() { number.add(1, ordering: .sequentiallyConsistent) }
}
