import Arguments
import DigitTLS
import EventLoop
import ProgramShell

/// digitd's options for TLS.
struct TLSFlags {
  var certificate: String?
  var key: String?
  var clientAuthorities: String?
  /// Listens without TLS where others can connect.
  var isInsecure = false

  static var parameters: [Parameter<Flags>] {
    [
      .option(
        "--tls-cert", into: \.tls.certificate, value: "FILE",
        help:
          "Encrypt: require TLS on every HOST:PORT, with the certificate in this file (PEM, with "
          + "its chain). Unix sockets stay as they are."),
      .option(
        "--tls-key", into: \.tls.key, value: "FILE",
        help: "Key of the certificate, without a passphrase. (default: in the same file)"),
      .option(
        "--tls-client-ca", into: \.tls.clientAuthorities, value: "FILE",
        help: "Require a certificate of the CAs in this file (PEM) from clients."),
      .flag(
        "--insecure", into: \.tls.isInsecure,
        help:
          "Listen without TLS where other machines can connect: what is sent and every token can "
          + "be read on the way."),
    ]
  }

  /// - Throws: `Misuse` where other machines could connect without TLS, and nobody has said that
  ///   they may.
  func permit(_ addresses: [SocketAddress]) throws(Misuse) {
    guard certificate == nil, !isInsecure, let exposed = addresses.first(where: { !$0.isLocal })
    else { return }
    throw Misuse(
      "expected --tls-cert to listen on \(exposed), where other machines can connect, got none; "
        + "--insecure listens there without encryption")
  }

  /// Reads the files.
  /// - Returns: nil where connections are not encrypted.
  /// - Throws: `Misuse` for an option that needs another; `TLSError`.
  func server() throws -> TLSServer? {
    guard let certificate else {
      for (name, value) in [("--tls-key", key), ("--tls-client-ca", clientAuthorities)]
      where value != nil {
        throw Misuse("expected --tls-cert beside \(name), got none")
      }
      return nil
    }
    return try TLSServer(
      TLSServer.Files(
        certificate: certificate, key: key ?? certificate, clientAuthorities: clientAuthorities))
  }
}
