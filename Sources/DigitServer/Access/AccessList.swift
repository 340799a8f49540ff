import EventLoop

/// Who may come in now, for all loops; from any thread.
package final class AccessList: Sendable {
  /// Nil lets everybody do everything.
  private let tokens: Guarded<TokenList?>

  package init(_ tokens: TokenList? = nil) { self.tokens = Guarded(tokens) }

  /// For those that come from now on; connections that stand keep what they may do.
  package func replace(by tokens: TokenList) { self.tokens.withLock { $0 = tokens } }

  package enum Judgement: Equatable, Sendable {
    /// No token is wanted.
    case open
    case known(TokenList.Bearer)
    case unknown
  }

  package func judge(_ token: some Collection<UInt8>) -> Judgement {
    guard let tokens = tokens.withLock({ $0 }) else { return .open }
    return tokens.bearer(of: token).map { .known($0) } ?? .unknown
  }
}

extension AccessList.Judgement {
  /// What a connection of that origin may ask for; nil for a token that is not known. The mode of
  /// a Unix socket says who may use it, so those who do may change what is served.
  package func scopes(for origin: PeerOrigin) -> Scopes? {
    switch self {
    case .open: origin.scopes.union([.predict, .stats])
    case .known(let bearer): origin.scopes.union(bearer.scopes)
    case .unknown: nil
    }
  }
}

extension PeerOrigin {
  fileprivate var scopes: Scopes {
    switch self {
    case .network: []
    case .unixSocket: .admin
    }
  }
}
