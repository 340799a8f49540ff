import CUV
import Glibc
import Synchronization

/// A connection that was accepted and belongs to no loop yet: `ByteStream(adopting:loop:)` makes a
/// stream of it on any loop. Closed when it is dropped without that.
///
///     Listener ─► AcceptedSocket ─► any thread ─► ByteStream on that thread's loop
package final class AcceptedSocket: Sendable {
  let kind: ByteStream.Kind
  /// `gone` once a stream owns it or it is closed.
  private let descriptor: Atomic<CInt>

  private static let gone: CInt = -1

  /// Owns `descriptor` from now on.
  init(_ descriptor: CInt, kind: ByteStream.Kind) {
    self.kind = kind
    self.descriptor = Atomic(descriptor)
  }

  deinit {
    let descriptor = descriptor.load(ordering: .acquiring)
    if descriptor != Self.gone { Glibc.close(descriptor) }
  }

  /// Nil for TCP, and once the socket has been adopted or closed.
  package var peerCredentials: PeerCredentials? {
    PeerCredentials(ofPeerAt: descriptor.load(ordering: .acquiring))
  }

  /// Whether the peer is a process of this machine, over a Unix socket.
  package var isUnix: Bool { kind == .pipe }

  /// Nil for a Unix socket, and where the peer has gone already.
  package var peerAddress: SocketAddress? {
    SocketAddress(ofPeerAt: descriptor.load(ordering: .acquiring))
  }

  /// Closes now.
  /// - Precondition: no stream has adopted the socket.
  package func close() { Glibc.close(take()) }

  /// Gives the descriptor away.
  fileprivate func take() -> CInt {
    let taken = descriptor.exchange(Self.gone, ordering: .acquiringAndReleasing)
    precondition(taken != Self.gone, "expected a socket that is neither adopted nor closed")
    return taken
  }
}

extension ByteStream {
  /// A connected stream on `loop`, whose thread must call this.
  /// - Throws: `UVError` where the loop cannot watch the socket, which is closed then.
  package convenience init(adopting socket: AcceptedSocket, loop: Loop) throws(UVError) {
    let kind = socket.kind
    try self.init(kind, loop: loop)
    let descriptor = socket.take()
    let status = kind.open(handle, descriptor)
    guard status < 0 else { return }
    Glibc.close(descriptor)
    close()
    throw UVError(code: status)
  }
}
