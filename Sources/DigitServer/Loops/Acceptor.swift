import DigitWire
import EventLoop

/// Takes new connections in and gives each to the loop that has the fewest. Belongs to the first
/// loop's thread.
final class Acceptor {
  private let loops: [ServerLoop]
  private let limits: ServerLimits
  private let metrics: LoopMetrics
  private let log: Log
  private var listeners: [Listener] = []
  private var descriptorTrouble = Trouble()
  /// New connections are taken, for a question of health, and not waited for.
  var isDraining = false

  init(loops: [ServerLoop], limits: ServerLimits, metrics: LoopMetrics, log: Log) {
    self.loops = loops
    self.limits = limits
    self.metrics = metrics
    self.log = log
  }

  /// - Throws: `Server.ListenError`.
  func listen(on address: SocketAddress) throws {
    do {
      listeners.append(
        try Listener(address, loop: loops[0].loop) { [unowned self] in accept($0) })
    } catch {
      throw Server.ListenError(address: address, cause: error)
    }
  }

  var addresses: [SocketAddress] { listeners.map(\.address) }

  /// Over all loops.
  var connectionCount: Int { loops.reduce(0) { $0 + $1.count.openCount } }

  func close() {
    for listener in listeners { listener.close() }
  }

  private func accept(_ socket: AcceptedSocket) {
    guard connectionCount < limits.connectionsMax else { return refuse(socket) }
    let target = loops.indices.min { loops[$0].count.openCount < loops[$1].count.openCount }!
    loops[target].count.add(isLate: isDraining)
    if target == 0 {
      loops[0].adopt(socket, isLate: isDraining)
    } else {
      loops[target].mail.post(.adopt(socket, isLate: isDraining))
    }
  }

  /// Says why before it closes; nothing is kept, so that a flood costs no memory.
  private func refuse(_ socket: AcceptedSocket) {
    metrics.connectionsRefused.add()
    guard let stream = try? ByteStream(adopting: socket, loop: loops[0].loop) else { return }
    let message = ErrorMessage(
      Refusal(
        .tooManyConnections, "expected at most \(limits.connectionsMax) connections, got one more"))
    stream.write(message.encodedByteCount) { message.encode(requestID: 0, into: $0) }
    stream.flushAndClose()
  }

  /// Counts connections that were cut for want of a descriptor, warns when descriptors run out, and
  /// says when there are some again. To be called now and then.
  func watchDescriptors() {
    let cut = listeners.reduce(0) { $0 + Int($1.cutConnectionCount) }
    metrics.connectionsCutNoDescriptor.set(cut)
    switch descriptorTrouble.observe(DescriptorLimit.isReached) {
    case .none: break
    case .begins:
      log.warning(
        "out of file descriptors: new connections are closed", ["open": connectionCount])
    case .ends: log.info("file descriptors available again", ["open": connectionCount])
    }
  }
}
