import Arguments
import DigitTLS
import ProgramShell

/// digitd's options for TLS.
struct TLSFlags {
  var certificate: String?
  var key: String?
  var clientAuthorities: String?

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
    ]
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
