import DigitWire
import EventLoop
import Foundation
import Glibc
import ProtocolFixtures

/// A server that may send anything: a script for each connection, on a thread of its own, in
/// calls that wait. For what ought to keep to the protocol there is `ScriptedServer`.
package final class HostileServer: Sendable {
  package typealias Script = @Sendable (WireClient) -> Void

  package let address: String
  private let listener: CInt

  /// - Parameter script: the connection closes when it returns; it should return when nothing can
  ///   be sent or received any more.
  package init(_ script: @escaping Script) throws {
    let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    self.listener = listener
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) | listen(listener, 16) | getsockname(listener, $0, &length)
      }
    }
    precondition(status == 0, "cannot listen")
    self.address = "127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    Thread.detachNewThread { Self.accept(on: listener, script) }
  }

  /// Wakes the thread that accepts, which closes the descriptor.
  deinit { shutdown(listener, CInt(SHUT_RDWR)) }

  private static func accept(on listener: CInt, _ script: @escaping Script) {
    while true {
      let descriptor = Glibc.accept(listener, nil, nil)
      guard descriptor >= 0 else { break }
      // A program that is started meanwhile shall not keep it open.
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      let peer = WireClient(descriptor: descriptor)
      Thread.detachNewThread { script(peer) }
    }
    close(listener)
  }
}
