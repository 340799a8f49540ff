import DigitHTTP
import DigitWire
import EventLoop
import Glibc

/// Takes new connections in and gives each to the loop that has the fewest. Belongs to the first
/// loop's thread.
final class Acceptor {
  private let loops: [ServerLoop]
  var limits: ServerLimits
  /// All but Unix sockets.
  private let encrypts: Bool
  private let unix: UnixAccess
  private let metrics: LoopMetrics
  private let log: Log
  private let peerLog: PeerLog
  private var listeners: [(door: Door, listener: Listener)] = []
  private var descriptorTrouble = Trouble()
  /// New connections are taken, for a question of health, and not waited for.
  var isDraining = false

  init(
    loops: [ServerLoop], limits: ServerLimits, encrypts: Bool, unix: UnixAccess,
    metrics: LoopMetrics, log: Log
  ) {
    self.loops = loops
    self.limits = limits
    self.encrypts = encrypts
    self.unix = unix
    self.metrics = metrics
    self.log = log
    peerLog = PeerLog(log)
  }

  /// - Throws: `Server.ListenError`.
  func listen(on address: SocketAddress, for door: Door) throws {
    do {
      let listener = try Listener(address, loop: loops[0].loop, unixMode: unix.mode) {
        [unowned self] in
        accept($0, at: door)
      }
      listeners.append((door, listener))
    } catch {
      throw Server.ListenError(address: address, cause: error)
    }
  }

  /// - Throws: `Server.ListenError`.
  func listen(on inherited: InheritedSocket, for door: Door) throws {
    do {
      let listener = try Listener(inherited, loop: loops[0].loop) { [unowned self] in
        accept($0, at: door)
      }
      listeners.append((door, listener))
    } catch {
      throw Server.ListenError(address: inherited.address, cause: error)
    }
  }

  func addresses(of door: Door) -> [SocketAddress] {
    listeners.filter { $0.door == door }.map(\.listener.address)
  }

  /// Over all loops.
  var connectionCount: Int { loops.reduce(0) { $0 + $1.count.openCount } }

  func close() {
    for (_, listener) in listeners { listener.close() }
  }

  private func accept(_ socket: AcceptedSocket, at door: Door) {
    let limit = limitReached(at: door).map { Obstacle.limit($0) }
    if let limit, door == .http || !hasRoomForProbe { return refuse(socket, at: door, limit) }
    if socket.isUnix, !unix.permits(socket.peerCredentials) {
      return refuse(socket, at: door, .user(socket.peerCredentials?.userID))
    }
    let target = loops.indices.min { loops[$0].count.openCount < loops[$1].count.openCount }!
    loops[target].count.add(door, isLate: isDraining)
    let newcomer = Newcomer(
      socket: socket, door: door, isLate: isDraining, turnedAway: limit?.refusal)
    if target == 0 {
      loops[0].adopt(newcomer)
    } else {
      loops[target].mail.post(.adopt(newcomer))
    }
  }

  /// A few more connections are taken, so that HEALTH is answered whoever holds the others.
  private var hasRoomForProbe: Bool {
    connectionCount < limits.connectionsMax + ServerLimits.probesMax
  }

  private func limitReached(at door: Door) -> Int? {
    if connectionCount >= limits.connectionsMax { return limits.connectionsMax }
    let count = loops.reduce(0) { $0 + $1.count.openCount(of: .http) }
    return door == .http && count >= limits.http.connectionsMax ? limits.http.connectionsMax : nil
  }

  /// Why a connection is not taken.
  private enum Obstacle {
    case limit(Int)
    /// Of a process of this machine; nil where the kernel does not say whose.
    case user(UInt32?)

    var reason: String {
      switch self {
      case .limit(let limit): "expected at most \(limit) connections, got one more"
      case .user(let id):
        "expected a user who may connect here, got user \(id.map(String.init) ?? "unknown")"
      }
    }

    var refusal: Refusal {
      switch self {
      case .limit: Refusal(.tooManyConnections, reason)
      case .user: Refusal(.unauthenticated, reason)
      }
    }

    var problem: HTTPProblem {
      switch self {
      case .limit:
        HTTPProblem(
          .serviceUnavailable, code: "too_many_connections", reason, retryAfterSeconds: 1,
          closes: true)
      case .user: HTTPProblem(.forbidden, code: "permission_denied", reason, closes: true)
      }
    }
  }

  /// Says why before it closes; nothing is kept, so that a flood costs no memory. Within TLS it
  /// could be said only after a handshake, which costs more than the connection that is refused.
  private func refuse(_ socket: AcceptedSocket, at door: Door, _ obstacle: Obstacle) {
    metrics.connectionsRefused.add()
    guard socket.isUnix || !encrypts else { return socket.close() }
    if case .user = obstacle {
      let origin: PeerOrigin = socket.isUnix ? .unixSocket : .network(socket.peerAddress)
      peerLog.info(
        "connection refused", about: ConnectionLabel(number: nil, peer: origin), now: .now,
        ["why": obstacle.reason])
    }
    guard let stream = try? ByteStream(adopting: socket, loop: loops[0].loop) else { return }
    switch door {
    case .binary:
      let message = ErrorMessage(obstacle.refusal)
      stream.write(message.encodedByteCount) { message.encode(requestID: 0, into: $0) }
    case .http:
      let response = HTTPResponse(obstacle.problem, requestID: "0").encoded(
        date: httpDate(unixSeconds: time(nil)))
      response.withUnsafeBytes { stream.write($0) }
    }
    stream.flushAndClose()
  }

  /// Counts connections that were cut for want of a descriptor, warns when descriptors run out, and
  /// says when there are some again. To be called now and then.
  func watchDescriptors() {
    let cut = listeners.reduce(0) { $0 + Int($1.listener.cutConnectionCount) }
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
