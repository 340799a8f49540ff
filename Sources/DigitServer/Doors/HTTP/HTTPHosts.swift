import DigitHTTP
import EventLoop

/// Which `Host` a request may name. A name that anybody's DNS can point here is none of ours: a
/// page of that name could otherwise read the server through its visitor's browser (DNS rebinding).
package struct HTTPHosts: Sendable {
  private let names: Set<String>
  /// Listened on as 0.0.0.0 or [::]: any address is ours, but no name.
  private let takesAnyAddress: Bool

  /// - Parameters:
  ///   - addresses: those that are listened on.
  ///   - configured: further names; a port makes no difference.
  package init(addresses: [SocketAddress], configured: [String] = []) {
    var names = Set(configured.compactMap { Authority($0.utf8) }.map(Self.name))
    var takesAny = false
    for case .internet(let host, _) in addresses {
      let host = host.lowercased()
      names.insert(host)
      if Self.isLoopback(host) { names.formUnion(["localhost", "127.0.0.1", "::1"]) }
      if host == "0.0.0.0" || host == "::" {
        takesAny = true
        names.insert("localhost")
      }
    }
    // A Unix socket's clients have no name for it but what they make up; curl says localhost.
    if addresses.contains(where: { if case .unix = $0 { true } else { false } }) {
      names.insert("localhost")
    }
    self.names = names
    takesAnyAddress = takesAny
  }

  package func contains(_ authority: Authority) -> Bool {
    let name = Self.name(of: authority)
    return names.contains(name) || (takesAnyAddress && Self.isAddress(name))
  }

  /// Without brackets and a final dot.
  private static func name(of authority: Authority) -> String {
    let host = authority.host
    return String(host.hasPrefix("[") ? host.dropFirst().dropLast() : trimmed(host))
  }

  private static func trimmed(_ host: String) -> Substring {
    host.hasSuffix(".") ? host.dropLast() : host[...]
  }

  private static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }

  /// Four numbers with dots, or what has colons: no DNS name looks like either.
  private static func isAddress(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return name.contains(":") || (parts.count == 4 && parts.allSatisfy { UInt8($0) != nil })
  }
}
