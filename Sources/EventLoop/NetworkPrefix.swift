import Glibc

/// The addresses of a network, as `10.1.0.0/16` or `fd00:1::/48`.
package struct NetworkPrefix: Equatable, Sendable {
  /// In the network's order: 4 of IPv4, 16 of IPv6.
  private let bytes: [UInt8]
  /// How many of the first bits an address must share.
  private let bitCount: Int

  /// Nil for anything but a numeric address, a slash and a number of bits.
  package init?(parsing text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let bytes = Self.bytes(of: String(parts[0])),
      let bitCount = UInt8(parts[1]), bitCount <= bytes.count * 8
    else { return nil }
    self.bytes = bytes
    self.bitCount = Int(bitCount)
  }

  /// False for names, which may stand for any address, and for Unix sockets.
  package func contains(_ address: SocketAddress) -> Bool {
    guard case .internet(let host, _) = address, let other = Self.bytes(of: host),
      other.count == bytes.count
    else { return false }
    return (0..<bitCount).allSatisfy { bit in
      let mask: UInt8 = 0x80 >> UInt8(bit % 8)
      return bytes[bit / 8] & mask == other[bit / 8] & mask
    }
  }

  /// Nil where `host` is a name. An interface behind an address of IPv6 (`%eth0`) is left out.
  static func bytes(of host: String) -> [UInt8]? {
    let isVersion6 = host.contains(":")
    var bytes = [UInt8](repeating: 0, count: isVersion6 ? 16 : 4)
    let number = isVersion6 ? String(host.prefix { $0 != "%" }) : host
    return inet_pton(isVersion6 ? AF_INET6 : AF_INET, number, &bytes) == 1 ? bytes : nil
  }
}
