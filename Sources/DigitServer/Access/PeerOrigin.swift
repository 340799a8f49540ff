import EventLoop

/// By which way a connection came, and from where.
package enum PeerOrigin: Equatable, Sendable {
  /// Nil where the system does not know the address any more.
  case network(SocketAddress?)
  case unixSocket

  /// What wrong tokens are counted by.
  var guessAccount: String {
    switch self {
    case .network(let address): address?.guessAccount ?? "unknown"
    case .unixSocket: "unix"
    }
  }
}

extension PeerOrigin: CustomStringConvertible {
  package var description: String {
    switch self {
    case .network(let address): address?.description ?? "unknown"
    case .unixSocket: "unix"
    }
  }
}

extension SocketAddress {
  /// What guesses are counted by: an IPv4 address, or the network of an IPv6 address, in which one
  /// host may have any number of addresses.
  package var guessAccount: String {
    switch self {
    case .unix: "unix"
    case .internet(let host, _):
      host.contains(":") ? Self.network(ofIPv6: host) : host
    }
  }

  /// The first 64 bits; an IPv4 address within IPv6 as such.
  private static func network(ofIPv6 host: String) -> String {
    if let dotted = host.split(separator: ":").last, dotted.contains(".") { return String(dotted) }
    let halves = host.split(separator: "::", omittingEmptySubsequences: false)
    var groups = halves[0].split(separator: ":").map(String.init)
    if halves.count == 2 {
      let tail = halves[1].split(separator: ":").map(String.init)
      groups += Array(repeating: "0", count: max(8 - groups.count - tail.count, 0)) + tail
    }
    return groups.prefix(4).joined(separator: ":") + "::"
  }
}
