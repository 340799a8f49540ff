import COpenSSL
import Glibc

/// OpenSSL's `SSL_CTX`: versions, ciphers, certificates and whom to trust. Immutable once made, and
/// usable from any thread, as OpenSSL promises for what sessions are made from.
final class TLSContext: @unchecked Sendable {
  let pointer: OpaquePointer

  enum Role {
    case server
    case client
  }

  /// What Mozilla recommends as "intermediate", but for the ciphers with finite-field
  /// Diffie-Hellman: forward secrecy, authenticated encryption, and nothing below TLS 1.2.
  private static let ciphers12 = [
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
  ]
  private static let ciphers13 = [
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
  ]
  private static let groups = "X25519:P-256:P-384"
  /// 112 bits: RSA from 2,048 bits on, SHA-1 for no signature.
  private static let securityLevel: CInt = 2

  init(_ role: Role) {
    switch role {
    case .server: pointer = SSL_CTX_new(TLS_server_method())!
    case .client: pointer = SSL_CTX_new(TLS_client_method())!
    }
    SSL_CTX_set_security_level(pointer, Self.securityLevel)
    tls_set_least_version(pointer, TLS1_2_VERSION)
    SSL_CTX_set_options(
      pointer, tls_no_renegotiation | tls_no_compression | tls_server_chooses_cipher)
    // A connection that waits needs no buffers of 16 KiB.
    tls_set_mode(pointer, Int(SSL_MODE_RELEASE_BUFFERS))
    let accepted =
      SSL_CTX_set_cipher_list(pointer, Self.ciphers12.joined(separator: ":")) == 1
      && SSL_CTX_set_ciphersuites(pointer, Self.ciphers13.joined(separator: ":")) == 1
      && tls_set_groups(pointer, Self.groups) == 1
    precondition(accepted, "expected an OpenSSL that has the ciphers of TLS 1.2 and 1.3")
    // Nobody is there who could type a passphrase.
    SSL_CTX_set_default_passwd_cb(pointer) { _, _, _, _ in -1 }
  }

  deinit { SSL_CTX_free(pointer) }

  /// What this side shows of itself.
  /// - Throws: `TLSError` where one cannot be read, or they do not belong together.
  func use(certificate: String, key: String) throws(TLSError) {
    try Self.checkReadable(certificate, "certificate")
    try Self.checkReadable(key, "key")
    guard SSL_CTX_use_certificate_chain_file(pointer, certificate) == 1 else {
      throw Self.unusable(
        "expected a certificate in PEM in '\(certificate)', with its chain behind it")
    }
    guard SSL_CTX_use_PrivateKey_file(pointer, key, SSL_FILETYPE_PEM) == 1 else {
      let reason = tlsReason(takeErrors().first)
      guard reason == X509_R_KEY_VALUES_MISMATCH else {
        throw TLSError("expected a private key in PEM without a passphrase in '\(key)', got none")
      }
      throw TLSError(
        "expected the key of the certificate in '\(certificate)', got another in '\(key)'")
    }
  }

  /// Until when the certificate is valid; nothing where there is none.
  var expiry: String {
    guard let certificate = SSL_CTX_get0_certificate(pointer), let text = BIO_new(BIO_s_mem())
    else { return "" }
    defer { BIO_free(text) }
    ASN1_TIME_print(text, X509_get0_notAfter(certificate))
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = BIO_read(text, &bytes, CInt(bytes.count))
    return String(decoding: bytes.prefix(Int(max(count, 0))), as: UTF8.self)
  }

  /// Whose certificates this side takes.
  /// - Parameter authorities: a file in PEM; nil is what the system trusts.
  /// - Throws: `TLSError` where the file holds none.
  func trust(_ authorities: String?) throws(TLSError) {
    guard let authorities else {
      SSL_CTX_set_default_verify_paths(pointer)
      return
    }
    try Self.checkReadable(authorities, "CA")
    guard SSL_CTX_load_verify_file(pointer, authorities) == 1 else {
      throw Self.unusable("expected certificates of CAs in PEM in '\(authorities)'")
    }
  }

  private static func checkReadable(_ path: String, _ kind: String) throws(TLSError) {
    guard access(path, R_OK) == 0 else {
      throw TLSError("cannot read the \(kind) file '\(path)': \(String(cString: strerror(errno)))")
    }
  }

  private static func unusable(_ expected: String) -> TLSError {
    let reason = takeErrors().first.flatMap { ERR_reason_error_string($0) }
    return TLSError("\(expected), got none (\(reason.map { String(cString: $0) } ?? "unreadable"))")
  }
}

/// What OpenSSL has queued up for this thread, the cause first.
func takeErrors() -> [UInt] {
  var errors: [UInt] = []
  while case let error = ERR_get_error(), error != 0 { errors.append(error) }
  return errors
}

/// The reason within its library: `SSL_R_…`, `X509_R_…`.
func tlsReason(_ error: UInt?) -> CInt { error.map { ERR_GET_REASON($0) } ?? 0 }
