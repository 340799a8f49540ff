import COpenSSL
import EventLoop

/// The last ticket of each server, with which a client's next session goes on from an earlier one;
/// from any thread.
final class TicketStore: Sendable {
  private let tickets = Guarded<[String: Ticket]>([:])

  /// Servers whose ticket is kept, at most.
  private static let ticketsMax = 256

  private final class Ticket: @unchecked Sendable {
    // Unchecked: OpenSSL counts the references to what is never changed.
    let session: OpaquePointer
    init(copyOf session: OpaquePointer) { self.session = SSL_SESSION_dup(session)! }
    deinit { SSL_SESSION_free(session) }
  }

  /// Keeps a copy: a connection that breaks makes its own session useless.
  func keep(_ session: OpaquePointer, of server: String) {
    let ticket = Ticket(copyOf: session)
    tickets.withLock {
      if $0.count >= Self.ticketsMax, $0[server] == nil { $0.removeAll() }
      $0[server] = ticket
    }
  }

  /// Lets a new connection go on from the last session with this server, where there was one.
  func resume(_ connection: OpaquePointer, with server: String) {
    guard let ticket = tickets.withLock({ $0[server] }) else { return }
    SSL_set_session(connection, ticket.session)
  }
}
