import DigitServer
import DigitWire
import EventLoop
import ProtocolFixtures
import Slots
import Testing

/// A connection without a server and without a socket.
struct BinaryConnectionTests {
  private let now = Instant(nanoseconds: 1_000_000_000)

  private func context() throws -> LoopContext {
    try .alone { $0.unsentByteCountMaxPerConnection = 32 * 1024 }
  }

  @Test func `reading pauses when answers pile up, and goes on when half of them are sent`() throws
  {
    let transport = HeldTransport()
    let context = try context()
    context.unsent.connectionCount = 1
    let connection = BinaryConnection(
      SlotID(index: 0, generation: 0), transport: transport, context: context, now: now
    ) { _ in }
    func send(_ frames: [UInt8]) { frames.withUnsafeBytes { connection.received($0, now: now) } }
    send(Hello().frame())
    #expect(transport.isReadingWanted)
    let limit = context.unsent.byteCountMaxPerConnection
    var id: UInt64 = 0
    while transport.unsentByteCount <= limit {
      #expect(transport.isReadingWanted)
      id += 1
      send(MetadataRequest.all.frame(id: id))
    }
    #expect(!transport.isReadingWanted)
    #expect(context.unsent.byteCount == transport.unsentByteCount)
    transport.unsentByteCount = limit / 2 + 1
    connection.sent()
    #expect(!transport.isReadingWanted)
    transport.unsentByteCount = limit / 2
    connection.sent()
    #expect(transport.isReadingWanted)
    #expect(context.unsent.byteCount == limit / 2)
    connection.close()
    connection.transportClosed()
    #expect(context.unsent.byteCount == 0)
  }

  @Test func `questions over a turn's budget wait for the next, in their order`() throws {
    let transport = HeldTransport()
    let context = try context()
    context.unsent.connectionCount = 1
    let connection = BinaryConnection(
      SlotID(index: 0, generation: 0), transport: transport, context: context, now: now
    ) { _ in }
    let pings = (UInt64(1)...100).flatMap { id in
      Ping(payloadByteCount: 1).frame(id: id, payload: [UInt8(id)])
    }
    (Hello().frame() + pings).withUnsafeBytes { connection.received($0, now: now) }
    #expect(transport.isReadingWanted)
    var answered: [UInt8] = []
    var turns = 0
    while answered.count < 100, turns < 100 {
      let frames = decode(transport.take()).frames
      let pongs = frames.filter { $0.header.type == MessageType.pong.rawValue }
      #expect(pongs.count <= 32)
      answered += pongs.flatMap(\.payload)
      connection.sent()
      turns += 1
      if let rest = transport.takeUnread() {
        rest.withUnsafeBytes { connection.received($0, now: now) }
      }
    }
    #expect(answered == Array(1...100))
    #expect((4...6).contains(turns))
    #expect(transport.takeUnread() == nil)
  }

  @Test func `a peer that reads nothing is cut after 30 seconds, and the log says why`()
    throws
  {
    let lines = Guarded<[String]>([])
    let context = try LoopContext.alone(
      log: Log(level: .info) { line in lines.withLock { $0.append(line) } })
    let transport = HeldTransport()
    let connection = BinaryConnection(
      SlotID(index: 3, generation: 0), transport: transport, context: context, now: now
    ) { _ in }
    Hello().frame().withUnsafeBytes { connection.received($0, now: now) }
    for second in 0..<30 {
      connection.sweep(now: now.advanced(by: .seconds(second)))
      #expect(!transport.isClosing)
    }
    connection.sweep(now: now.advanced(by: .seconds(31)))
    #expect(transport.isClosing)
    let line = lines.withLock { $0.joined() }
    #expect(line.contains("connection cut connection=3 peer=unknown unsent="), "\(line)")
    #expect(line.contains(#"why="nothing was read for 30.0 seconds""#), "\(line)")
  }
}
