import DigitServer
import EventLoop
import Testing

/// The limit of what clients take of the process's memory.
struct MemoryAccountTests {
  private let start = Instant(nanoseconds: 1_000_000_000)

  private func limits(_ byteCountMax: Int?) -> ServerLimits {
    var limits = ServerLimits()
    limits.memoryByteCountMax = byteCountMax
    limits.connectionByteCount = 1_000
    return limits
  }

  @Test func `connections, unsent answers and bodies fill one account`() {
    let account = MemoryAccount(limits: limits(10_000))
    account.connectionCount = 3
    account.unsentByteCount = 4_000
    #expect(account.byteCount == 7_000 && !account.isFull)
    #expect(account.hasRoom(for: 3_000) && !account.hasRoom(for: 3_001))
    account.bodyByteCount = 3_000
    #expect(account.isFull && !account.hasRoom(for: 1))
    account.bodyByteCount = 0
    #expect(!account.isFull)
  }

  @Test func `without a limit nothing is full`() {
    let account = MemoryAccount(limits: limits(nil))
    account.unsentByteCount = 1 << 40
    #expect(!account.isFull && account.hasRoom(for: 1 << 40))
  }

  @Test func `while the account is full requests are refused, and counted as that`() throws {
    let bench = try InferenceBench(memoryByteCountMax: 50_000)
    let asker = AnswerRecorder()
    try bench.ask(asker, tag: 1, images: 1, now: start)
    bench.service.memory.bodyByteCount = 50_000
    let full = Rejection.memoryFull(byteCount: 50_000, byteCountMax: 50_000)
    #expect(throws: full) { _ = try bench.ask(asker, tag: 2, images: 1, now: start) }
    #expect(bench.metrics.shedCount(.memoryFull) == 1)
    bench.service.memory.bodyByteCount = 0
    try bench.ask(asker, tag: 3, images: 1, now: start)
  }

  @Test func `peers that do not read are over the budget when the account is full`() throws {
    let context = try LoopContext.alone { $0.memoryByteCountMax = 50_000 }
    context.unsent.change(by: 40_000)
    #expect(!context.unsent.isExceeded)
    context.unsent.connectionCount = 1
    #expect(context.unsent.isExceeded, "a connection counts, too")
    context.unsent.change(by: -40_000)
    #expect(!context.unsent.isExceeded)
  }

  @Test func `a limit for the process leaves clients what the server itself does not need`() throws
  {
    var limits = ServerLimits()
    limits.imagesMax = 10_000
    let images = 32_000_000
    let pictures = 128 * 1_024 * 1_024
    let (resident, rest) = (50_000_000, 48 * 1_024 * 1_024)
    try limits.divideMemory(
      resident + images + pictures + rest, residentByteCount: resident, encrypts: false)
    #expect(limits.memoryByteCountMax == rest)
    #expect(limits.connectionsMax == 1_024)
    var small = ServerLimits()
    small.imagesMax = 10_000
    let least = resident + images + pictures + 32 * 1_024 * 1_024
    #expect(throws: MemoryLimitError.self) {
      try small.divideMemory(least - 1, residentByteCount: resident, encrypts: false)
    }
    try small.divideMemory(least, residentByteCount: resident, encrypts: true)
    #expect(small.connectionsMax == 204, "those that encrypt take more")
  }

  @Test func `a connection that stood still is cut for what it was at`() {
    func reason(_ phase: ConnectionState.Phase, midFrame: Bool = false) -> CutReason {
      CutReason(timedOut: .init(phase: phase, isMidFrame: midFrame))
    }
    #expect(reason(.greeting) == .handshakeTimeout)
    #expect(reason(.serving) == .idleTimeout)
    #expect(reason(.serving, midFrame: true) == .requestTimeout)
    #expect(reason(.greeting, midFrame: true) == .requestTimeout)
  }
}
