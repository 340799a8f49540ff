import EventLoop

/// Which processes of this machine may connect over Unix sockets.
package struct UnixAccess: Equatable, Sendable {
  /// Of the socket's file: the kernel lets those connect who may write it.
  package var mode: UInt32 = 0o660
  /// Of those, the users who may; nil is all of them.
  package var users: Set<UInt32>?

  package init() {}

  package func permits(_ peer: PeerCredentials?) -> Bool {
    guard let users else { return true }
    return peer.map { users.contains($0.userID) } ?? false
  }
}
