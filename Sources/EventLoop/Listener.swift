import CUV
import Glibc

/// A listening socket, TCP or Unix, that hands over each accepted connection, for whichever loop
/// is to have it.
package final class Listener {
  /// Connections that were closed as soon as they were accepted, for want of a descriptor.
  package private(set) var cutConnectionCount: UInt64 = 0

  private let loop: Loop
  private let socket: ListeningSocket
  private let accepted: (AcceptedSocket) -> Void
  private let handle: UnsafeMutablePointer<uv_poll_t>
  private var retry: Timer?
  private var reserve = ReserveDescriptor()
  private var state = State.listening

  private enum State {
    case listening
    /// Until the timer fires.
    case paused
    case closed
  }

  private static let pause = Duration.milliseconds(100)

  /// - Parameters:
  ///   - unixMode: of a Unix socket's file: owner and group may connect, others may not.
  ///   - accepted: called on the loop's thread; a socket that it drops is closed.
  /// - Throws: `UVError`, for example when the address is in use.
  package convenience init(
    _ address: SocketAddress, loop: Loop, unixMode: UInt32 = 0o660,
    accepted: @escaping (AcceptedSocket) -> Void
  ) throws(UVError) {
    try self.init(
      ListeningSocket(address, loop: loop, unixMode: unixMode), loop: loop, accepted: accepted)
  }

  /// The same for a socket that somebody else has opened, which is closed with the listener.
  package convenience init(
    _ inherited: InheritedSocket, loop: Loop, accepted: @escaping (AcceptedSocket) -> Void
  ) throws(UVError) {
    try self.init(ListeningSocket(inherited), loop: loop, accepted: accepted)
  }

  private init(
    _ socket: ListeningSocket, loop: Loop, accepted: @escaping (AcceptedSocket) -> Void
  ) throws(UVError) {
    self.loop = loop
    self.accepted = accepted
    self.socket = socket
    handle = .allocate(capacity: 1)
    let status = uv_poll_init(loop.pointer, handle, socket.descriptor)
    guard status == 0 else {
      socket.close()
      reserve.release()
      throw UVError(code: status)
    }
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    do {
      retry = try Timer(on: loop) { [unowned self] in resume() }
      try UVError.check(listen())
    } catch {
      close()
      throw error
    }
  }

  deinit { handle.deallocate() }

  /// Where it really listens: port 0 has become the port that the system chose.
  package var address: SocketAddress { socket.address }

  /// A Unix socket's file goes with it.
  package func close() {
    guard state != .closed else { return }
    state = .closed
    retry?.close()
    uv_poll_stop(handle)
    UnsafeMutableRawPointer(handle).withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
      uv_close($0, listenerCloses)
    }
    socket.close()
    reserve.release()
  }

  private func listen() -> CInt {
    uv_poll_start(handle, CInt(UV_READABLE.rawValue), listenerPolls)
  }

  private func pauseListening() {
    guard state == .listening else { return }
    state = .paused
    uv_poll_stop(handle)
    retry?.start(after: Self.pause)
  }

  private func resume() {
    reserve.fill()
    state = .listening
    if listen() < 0 { pauseListening() }
  }

  fileprivate func didPoll(_ status: CInt) {
    // libuv has stopped polling then.
    guard status == 0 else { return pauseListening() }
    var turn = AcceptTurn(isReadTimeShort: loop.isReadTimeShort)
    var action = AcceptTurn.Action.accept
    while state == .listening {
      switch action {
      case .accept: action = turn.next(after: action, accept())
      case .cut: action = turn.next(after: action, cut())
      case .pause: return pauseListening()
      case .wait: return
      }
    }
  }

  private func accept() -> AcceptTurn.Result {
    let (result, connection) = socket.accept()
    if let connection { accepted(connection) }
    return result
  }

  private func cut() -> AcceptTurn.Result {
    reserve.release()
    defer { reserve.fill() }
    let (result, connection) = socket.accept()
    guard let connection else { return result }
    connection.close()
    cutConnectionCount += 1
    return result
  }
}

private func listenerPolls(
  _ handle: UnsafeMutablePointer<uv_poll_t>?, _ status: CInt, _ events: CInt
) {
  Unmanaged<Listener>.fromOpaque(handle!.pointee.data).takeUnretainedValue().didPoll(status)
}

private func listenerCloses(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
  Unmanaged<Listener>.fromOpaque(handle!.pointee.data).release()
}
