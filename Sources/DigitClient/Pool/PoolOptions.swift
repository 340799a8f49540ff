import EventLoop

/// How a `DigitPool` finds its servers and connects, and what it does about failures.
public struct PoolOptions: Sendable {
  /// For each connection; (default: one loop for all of them).
  public var client = ClientOptions()
  public var retry = RetryOptions()
  /// After how long without an answer a second server is asked too; nil, the default, never. It
  /// takes the edge off rare slow answers, and costs the work twice: the time within which 95 in
  /// a hundred answers come is a good choice.
  public var hedgeAfter: Duration?
  /// How often host names are looked up again; more than nothing. Beside that a name is looked up
  /// when a server behind it fails, at most once a second.
  public var lookUpInterval = Duration.seconds(10)
  /// The servers to prefer, such as those of the same zone: networks (`10.1.0.0/16`,
  /// `fd00:1::/48`), and addresses as the pool is given them, which for a name are all machines
  /// behind it. The others are asked while these fail, or have more than twice as many predictions
  /// of this pool in flight, and four.
  public var local: [String] = []

  public init() {}
}

/// Which servers are local, by what `PoolOptions.local` says.
package struct Locality: Sendable {
  private var networks: [NetworkPrefix] = []
  private var addresses: Set<SocketAddress> = []

  /// - Throws: `DigitClientError.invalidNetwork`.
  package init(_ texts: [String]) throws(DigitClientError) {
    for text in texts {
      if let network = NetworkPrefix(parsing: text) {
        networks.append(network)
      } else if let address = try? SocketAddress(parsing: text) {
        addresses.insert(address)
      } else {
        throw .invalidNetwork(text)
      }
    }
  }

  /// - Parameter given: the address of the pool that `address` was found for, which may be itself.
  package func place(_ address: SocketAddress, of given: SocketAddress) -> EndpointChooser.Place {
    EndpointChooser.Place(
      address,
      isLocal: addresses.contains(given) || networks.contains { $0.contains(address) })
  }
}
