import COpenSSL

/// Which end a session is, as what it says of failures needs to know.
enum TLSSide: Equatable {
  case server
  /// Of the server with this name.
  case client(serverName: String)

  fileprivate var peer: String {
    switch self {
    case .server: "client"
    case .client: "server"
    }
  }

  fileprivate var own: String {
    switch self {
    case .server: "server"
    case .client: "client"
    }
  }
}

/// What went wrong in a session, in a sentence for whoever can mend it.
struct TLSTrouble {
  let side: TLSSide
  /// `SSL_R_…`; 0 where OpenSSL gave none.
  let reason: CInt
  /// `X509_V_…`: what became of the peer's certificate.
  let verification: Int
  /// OpenSSL's own words, for what is not foreseen here.
  let words: String

  var description: String {
    if reason == SSL_R_CERTIFICATE_VERIFY_FAILED { return refusedCertificate }
    return aboutHandshake ?? aboutAlert ?? "TLS failed: \(words)"
  }

  /// This side does not take the peer's certificate.
  private var refusedCertificate: String {
    let certificate = "the \(side.peer)'s certificate"
    switch CInt(verification) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return "\(certificate) has expired"
    case X509_V_ERR_CERT_NOT_YET_VALID: return "\(certificate) is not valid yet"
    case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "\(certificate) is for another host than \(hostName): "
        + "connect to a name that it has, or say which one to expect"
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
      X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "\(certificate) is of a CA that is not trusted here"
    case X509_V_ERR_INVALID_PURPOSE: return "\(certificate) is not made for a \(side.peer)"
    default:
      let words = String(cString: X509_verify_cert_error_string(verification))
      return "\(certificate) is refused: \(words)"
    }
  }

  private var hostName: String {
    switch side {
    case .server: "this one"
    case .client(let serverName): "'\(serverName)'"
    }
  }

  /// What this side finds wrong itself.
  private var aboutHandshake: String? {
    switch reason {
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: "expected a client certificate, got none"
    case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
      SSL_R_NO_SUITABLE_KEY_SHARE:
      "expected a \(side.peer) with a cipher and a curve that this \(side.own) has, got none"
    case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW:
      "expected TLS 1.2 or later, got a \(side.peer) of an earlier version"
    case SSL_R_NO_APPLICATION_PROTOCOL:
      "expected the protocol of this port (ALPN), got a \(side.peer) of another: "
        + "it has perhaps the other port in mind"
    case SSL_R_WRONG_VERSION_NUMBER: "expected a TLS record, got something else"
    default: nil
    }
  }

  /// What the peer says that it finds wrong.
  private var aboutAlert: String? {
    switch reason {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      "the \(side.peer) requires a client certificate, and got none"
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      "the \(side.peer) does not trust the CA of this \(side.own)'s certificate"
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      "the \(side.peer) finds this \(side.own)'s certificate expired"
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
      SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
      SSL_R_TLSV1_ALERT_ACCESS_DENIED:
      "the \(side.peer) refuses this \(side.own)'s certificate"
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      side == .server
        ? "the client refused the handshake"
        : "the server refused the handshake: it requires a client certificate, "
          + "or has no cipher that this client has"
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      "the \(side.peer) has no version of TLS that this \(side.own) has: 1.2 and 1.3"
    case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
      "the \(side.peer) speaks another protocol on this port"
    default: nil
    }
  }
}
