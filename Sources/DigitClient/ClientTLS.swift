import DigitTLS

/// Which servers a client trusts, and what it shows of itself: TLS 1.2 and 1.3. One value serves
/// any number of connections, and those after the first take up the session of the first.
public struct ClientTLS: Sendable {
  package let client: TLSClient

  /// Reads the files, which are in PEM; it may block.
  ///
  /// - Parameters:
  ///   - caFile: the certificates of the CAs whose servers to trust; nil trusts those that the
  ///     system trusts.
  ///   - certificateFile: what this client shows to servers that ask for a certificate, with its
  ///     chain behind it.
  ///   - keyFile: the key of that certificate, without a passphrase; nil where it lies in the same
  ///     file.
  ///   - serverName: the name that the server's certificate must have; nil is the host of the
  ///     address.
  /// - Throws: `ClientTLSError` where a file cannot be used.
  public init(
    caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil,
    serverName: String? = nil
  ) throws(ClientTLSError) {
    let files = TLSClient.Files(
      authorities: caFile, certificate: certificateFile, key: keyFile)
    do {
      client = try TLSClient(files, serverName: serverName)
    } catch {
      throw ClientTLSError(description: error.description)
    }
  }
}

/// Why a file cannot be used for TLS, in one sentence.
public struct ClientTLSError: Error, Equatable, CustomStringConvertible {
  public let description: String
}
