import DigitWire

/// What a peer speaks that does not speak the Digits protocol, judged by its first bytes: "wrong
/// mark" alone would leave an operator to puzzle over a probe or a mistyped port.
package enum ForeignSpeech: String, CaseIterable {
  case http = "an HTTP request"
  case http2 = "an HTTP/2 preface"
  case tls = "a TLS ClientHello"
  case ssh = "an SSH greeting"

  private static let httpMethods = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
  ]

  /// Nil for what is none of these.
  package init?(firstBytes bytes: some Collection<UInt8>) {
    // TLS record: handshake (22), version 3.x, length, then ClientHello (1).
    let isClientHello = bytes.starts(with: [22, 3]) && bytes.dropFirst(5).first == 1
    if isClientHello {
      self = .tls
    } else if bytes.starts(with: "SSH-".utf8) {
      self = .ssh
    } else if bytes.starts(with: "PRI * HTTP/2".utf8) {
      self = .http2
    } else if Self.httpMethods.contains(where: { bytes.starts(with: "\($0) ".utf8) }) {
      self = .http
    } else {
      return nil
    }
  }

  package var refusal: Refusal {
    Refusal(.malformedFrame, "expected the Digits protocol, got what looks like \(rawValue)")
  }
}
