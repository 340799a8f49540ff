import DigitFiles
import DigitServer
import DigitWire
import EventLoop
import ProtocolFixtures
import Slots
import Testing

/// What a token lets a connection of the binary protocol do, without sockets.
struct TokenTests {
  private let now = Instant(nanoseconds: 1_000_000_000)

  private final class Client {
    let transport = HeldTransport()
    private let connection: BinaryConnection
    private let now: Instant

    init(_ context: LoopContext, from peer: SocketAddress, now: Instant) {
      self.now = now
      connection = BinaryConnection(
        SlotID(index: 0, generation: 0), transport: transport, context: context,
        origin: .network(peer), now: now
      ) { _ in }
    }

    func send(_ frames: [UInt8]) {
      frames.withUnsafeBytes { connection.received($0, now: now) }
    }

    func sweep(now: Instant) { connection.sweep(now: now) }

    /// The first frame that was written since it was last asked for.
    var frame: Frame? { decode(transport.take()).frames.first }
    /// Its code, where it is an ERROR.
    var code: ErrorCode? { frame?.error?.code }
  }

  private let peer = SocketAddress.internet(host: "192.0.2.1", port: 7)

  private func list(_ scopes: Scopes) -> AccessList {
    var tokens = TokenList()
    tokens.add(Array("open".utf8), name: "alice", scopes: scopes)
    return AccessList(tokens)
  }

  private func client(_ scopes: Scopes) throws -> Client {
    let client = Client(try .alone(access: list(scopes)), from: peer, now: now)
    client.send(Hello(token: Array("open".utf8)).frame())
    #expect(client.frame?.type == .welcome)
    return client
  }

  private var predict: [UInt8] {
    Predict(imageCount: 1).frame(id: 1, payload: [UInt8](repeating: 0, count: 784))
  }

  @Test func `a token is good for its scopes, and for what needs none`() throws {
    let client = try client(.stats)
    client.send(StatsRequest().frame(id: 1))
    #expect(client.frame?.type == .statsReply)
    client.send(MetadataRequest.all.frame(id: 2))
    #expect(client.frame?.type == .metadataReply)
    client.send(predict)
    #expect(client.code == .permissionDenied)
    client.send(StatsRequest().frame(id: 3))
    #expect(client.frame?.type == .statsReply, "the connection goes on")
  }

  @Test func `a token without the scope is told which one it needs`() throws {
    let client = try client(.predict)
    client.send(StatsRequest().frame(id: 9))
    let frame = client.frame
    #expect(frame?.header.requestID == 9)
    #expect(
      frame?.error?.message
        == "expected a token with the scope stats for STATS, got one with predict")
  }

  @Test func `wrong tokens are answered at once at first, and then wait`() throws {
    let context = try LoopContext.alone(access: list(.all))
    let wrong = Hello(token: Array("guess".utf8)).frame()
    for _ in 0..<5 {
      let client = Client(context, from: peer, now: now)
      client.send(wrong)
      #expect(client.code == .unauthenticated)
    }
    let client = Client(context, from: peer, now: now)
    client.send(wrong + predict)
    #expect(client.frame == nil)
    client.sweep(now: now.advanced(by: .milliseconds(900)))
    #expect(client.frame == nil)
    client.sweep(now: now.advanced(by: .seconds(1)))
    #expect(client.code == .unauthenticated && client.transport.hasEnded)
  }

  @Test func `a good token never waits, and other addresses do not`() throws {
    let context = try LoopContext.alone(access: list(.all))
    let wrong = Hello(token: Array("guess".utf8)).frame()
    for _ in 0..<100 { Client(context, from: peer, now: now).send(wrong) }
    let good = Client(context, from: peer, now: now)
    good.send(Hello(token: Array("open".utf8)).frame())
    #expect(good.frame?.type == .welcome)
    let stranger = Client(
      context, from: .internet(host: "192.0.2.2", port: 7), now: now)
    stranger.send(wrong)
    #expect(stranger.code == .unauthenticated)
  }

  @Test func `tokens that are replaced let in those who come from then on`() throws {
    let access = list(.all)
    let context = try LoopContext.alone(access: access)
    let before = Client(context, from: peer, now: now)
    before.send(Hello(token: Array("open".utf8)).frame())
    #expect(before.frame?.type == .welcome)
    access.replace(by: TokenList(token: Array("other".utf8)))
    let after = Client(context, from: peer, now: now)
    after.send(Hello(token: Array("open".utf8)).frame())
    #expect(after.code == .unauthenticated)
    before.send(MetadataRequest.all.frame(id: 2))
    #expect(before.frame?.type == .metadataReply)
  }
}
