import COpenSSL
import EventLoop

/// What a server shows and whom it trusts, for the sessions of all its loops; from any thread.
package final class TLSServer: Sendable {
  package struct Files: Equatable, Sendable {
    /// In PEM, with its chain behind it.
    package var certificate: String
    package var key: String
    /// The CAs of the clients that may come in; nil lets them come without a certificate.
    package var clientAuthorities: String?

    package init(certificate: String, key: String, clientAuthorities: String? = nil) {
      self.certificate = certificate
      self.key = key
      self.clientAuthorities = clientAuthorities
    }
  }

  package let files: Files
  private let context: Guarded<TLSContext>

  /// Reads the files, which may block.
  /// - Throws: `TLSError` where they cannot be used.
  package init(_ files: Files) throws(TLSError) {
    self.files = files
    context = Guarded(try Self.load(files))
  }

  /// Reads the files anew, for the connections that come from now on; those that stand keep what
  /// they have. Tickets of earlier sessions are not taken any more: a CA that is no longer trusted
  /// lets nobody in. May block.
  /// - Throws: `TLSError` where they cannot be used; what was there before stays in use.
  package func reload() throws(TLSError) {
    let loaded = try Self.load(files)
    context.withLock { $0 = loaded }
  }

  /// Until when the certificate is valid, as "Dec 29 02:10:55 2026 GMT".
  package var expiry: String { context.withLock { $0 }.expiry }

  /// The server's end of a new connection.
  /// - Parameters:
  ///   - plainReply: what a client hears that does not encrypt, in the protocol that it speaks.
  ///   - settled: called once, when the handshake has ended.
  package func stage(
    _ inner: TLSProtocol, _ workspace: TLSWorkspace, plainReply: @escaping () -> [UInt8],
    settled: @escaping (TLSStage.Outcome) -> Void
  ) -> TLSStage {
    TLSStage(
      .server, inner, context: context.withLock { $0 }, workspace: workspace,
      plainReply: plainReply, settled: settled)
  }

  private static func load(_ files: Files) throws(TLSError) -> TLSContext {
    let context = TLSContext(.server)
    try context.use(certificate: files.certificate, key: files.key)
    if let authorities = files.clientAuthorities {
      try context.trust(authorities)
      // Tells clients which of their certificates is wanted.
      SSL_CTX_set_client_CA_list(context.pointer, SSL_load_client_CA_file(authorities))
      SSL_CTX_set_verify(
        context.pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
    }
    // Sessions live in the clients' tickets alone: nothing is kept here.
    tls_set_session_cache_mode(context.pointer, Int(SSL_SESS_CACHE_OFF))
    let name = Array("digits".utf8)
    SSL_CTX_set_session_id_context(context.pointer, name, CUnsignedInt(name.count))
    SSL_CTX_set_alpn_select_cb(context.pointer, serverChoosesProtocol, nil)
    return context
  }
}

/// Takes the protocol of the port where the client offers it. A client that offers others only is
/// refused: its bytes were meant for another server.
private func serverChoosesProtocol(
  _ session: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  _ chosenCount: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?,
  _ offeredCount: CUnsignedInt, _ argument: UnsafeMutableRawPointer?
) -> CInt {
  let wanted = TLSStage.of(session).inner.rawValue.utf8
  var rest = UnsafeBufferPointer(start: offered, count: Int(offeredCount))[...]
  while let count = rest.popFirst(), count <= rest.count {
    let name = rest.prefix(Int(count))
    if name.elementsEqual(wanted) {
      chosen!.pointee = UnsafeBufferPointer(rebasing: name).baseAddress
      chosenCount!.pointee = count
      return SSL_TLSEXT_ERR_OK
    }
    rest = rest.dropFirst(Int(count))
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL
}
