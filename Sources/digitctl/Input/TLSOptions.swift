import Arguments
import DigitClient
import ProgramShell

/// Whether the connection is encrypted, and whom it is to be with.
struct TLSOptions {
  var isOn = false
  var caFile: String?
  var certificate: String?
  var key: String?
  var serverName: String?

  /// Whether the connection is to be encrypted.
  var isWanted: Bool { isOn || caFile != nil || certificate != nil || serverName != nil }

  /// Reads the files.
  /// - Returns: nil where the connection is not to be encrypted.
  /// - Throws: `Misuse` for an option that needs another; `ClientTLSError`.
  func read() throws -> ClientTLS? {
    guard isWanted else {
      guard key == nil else { throw Misuse("expected --tls-cert beside --tls-key, got none") }
      return nil
    }
    guard key == nil || certificate != nil else {
      throw Misuse("expected --tls-cert beside --tls-key, got none")
    }
    return try ClientTLS(
      caFile: caFile, certificateFile: certificate, keyFile: key, serverName: serverName)
  }
}

extension NamesServer {
  static var tlsParameters: [Parameter<Self>] {
    [
      .flag(
        "--tls", into: \.server.tls.isOn, environment: "DIGITS_TLS",
        help: "Encrypt the connection, and check the server's certificate. The options below "
          + "imply it."),
      .option(
        "--tls-ca", into: \.server.tls.caFile, value: "FILE",
        environment: "DIGITS_TLS_CA",
        help: "Trust servers with a certificate of the CAs in this file (PEM). (default: the CAs "
          + "that the system trusts)"),
      .option(
        "--tls-cert", into: \.server.tls.certificate, value: "FILE",
        environment: "DIGITS_TLS_CERT",
        help: "Client certificate (PEM, with its chain) for servers that require one."),
      .option(
        "--tls-key", into: \.server.tls.key, value: "FILE",
        environment: "DIGITS_TLS_KEY",
        help: "Key of the client certificate. (default: in the same file)"),
      .option(
        "--tls-server-name", into: \.server.tls.serverName, value: "NAME",
        environment: "DIGITS_TLS_SERVER_NAME",
        help: "Host name that the server's certificate must have. (default: that of the address)"),
    ]
  }
}
