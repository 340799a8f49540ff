import COpenSSL
import EventLoop

/// Whom a client trusts and what it shows, for all of its connections; from any thread.
package final class TLSClient: Sendable {
  package struct Files: Equatable, Sendable {
    /// The CAs of the servers to trust, in PEM; nil is what the system trusts.
    package var authorities: String?
    /// What this client shows where a server asks for it.
    package var certificate: String?
    /// Of the certificate; nil where it lies in the same file.
    package var key: String?

    package init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
      self.authorities = authorities
      self.certificate = certificate
      self.key = key
    }
  }

  private let context: TLSContext
  /// The name that servers must have; nil is that of the address.
  private let serverName: String?
  private let tickets = TicketStore()

  /// Reads the files, which may block.
  /// - Throws: `TLSError` where they cannot be used.
  package init(_ files: Files = Files(), serverName: String? = nil) throws(TLSError) {
    self.serverName = serverName
    context = TLSContext(.client)
    if let certificate = files.certificate {
      try context.use(certificate: certificate, key: files.key ?? certificate)
    }
    try context.trust(files.authorities)
    SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
    tls_set_session_cache_mode(
      context.pointer, Int(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL))
    SSL_CTX_sess_set_new_cb(context.pointer) { session, ticket in
      if let ticket { TLSStage.of(session).keepSession?(ticket) }
      // The reference is not taken over.
      return 0
    }
  }

  /// The client's end of a new connection.
  /// - Parameter name: of which `host` is one of the addresses; nil where it is none of a name's.
  package func stage(
    to host: String, of name: String? = nil, port: UInt16, _ inner: TLSProtocol,
    _ workspace: TLSWorkspace
  ) -> TLSStage {
    let name = serverName ?? name ?? host
    let server = "\(name) \(host) \(port) \(inner.rawValue)"
    let stage = TLSStage(
      .client(serverName: name), inner, context: context, workspace: workspace,
      keepSession: { [tickets] in tickets.keep($0, of: server) })
    stage.configure { session in
      expect(name, of: session)
      let list = [UInt8(inner.rawValue.utf8.count)] + Array(inner.rawValue.utf8)
      SSL_set_alpn_protos(session, list, CUnsignedInt(list.count))
      tickets.resume(session, with: server)
    }
    return stage
  }

  /// The certificate must be for this host: an address as such, or a name, which is told to the
  /// server too (SNI).
  private func expect(_ name: String, of session: OpaquePointer) {
    guard X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), name) != 1 else { return }
    ERR_clear_error()
    SSL_set_hostflags(session, CUnsignedInt(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
    SSL_set1_host(session, name)
    tls_set_server_name(session, name)
  }
}
