/// `HOST[:PORT]`, as the header Host and absolute targets have it (RFC 3986, section 3.2).
package struct Authority: Equatable, Sendable {
  /// In lower case; an IPv6 address is in brackets.
  package let host: String
  package let port: UInt16?

  /// Nil where `bytes` are no host of letters, digits, `.`, `-`, `_`, and no IPv6 address in
  /// brackets, or the port is no number.
  package init?(_ bytes: some BidirectionalCollection<UInt8>) {
    var hostEnd = bytes.endIndex
    if bytes.first == UInt8(ascii: "[") {
      guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      let inner = bytes[bytes.index(after: bytes.startIndex)..<bracket]
      guard !inner.isEmpty,
        inner.allSatisfy({ $0.isHexadecimalDigit || $0 == .colon || $0 == UInt8(ascii: ".") })
      else { return nil }
      hostEnd = bytes.index(after: bracket)
    } else {
      hostEnd = bytes.firstIndex(of: .colon) ?? bytes.endIndex
      guard hostEnd != bytes.startIndex, bytes[..<hostEnd].allSatisfy(\.isOfHostName) else {
        return nil
      }
    }
    host = String(decoding: bytes[..<hostEnd].lazy.map(\.lowercased), as: UTF8.self)
    if hostEnd == bytes.endIndex {
      port = nil
    } else {
      let digits = bytes[bytes.index(after: hostEnd)...]
      guard bytes[hostEnd] == .colon, digits.allSatisfy(\.isDigit),
        let port = UInt16(String(decoding: digits, as: UTF8.self))
      else { return nil }
      self.port = port
    }
  }
}

extension UInt8 {
  fileprivate var isOfHostName: Bool {
    isLetter || isDigit || self == UInt8(ascii: ".") || self == UInt8(ascii: "-")
      || self == UInt8(ascii: "_")
  }
}
