/// What a token lets its bearer do.
package struct Scopes: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// To have images classified.
  package static let predict = Scopes(rawValue: 1)
  /// To see the server's figures.
  package static let stats = Scopes(rawValue: 2)
  /// To change what is served.
  package static let admin = Scopes(rawValue: 4)
  package static let all: Scopes = [.predict, .stats, .admin]

  private static let names: [(name: String, scope: Scopes)] = [
    ("predict", .predict), ("stats", .stats), ("admin", .admin),
  ]

  /// Nil for what is not a list such as "predict,stats".
  package init?(parsing text: some StringProtocol) {
    var scopes: Scopes = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let known = Self.names.first(where: { $0.name == word }) else { return nil }
      scopes.insert(known.scope)
    }
    self = scopes
  }
}

extension Scopes {
  /// Why one who has these scopes is refused what takes another one.
  package func refusal(of subject: String, wanting scope: Scopes) -> String {
    if scope == .admin {
      return "expected a token with the scope admin, or a Unix socket, for \(subject), got neither"
    }
    return "expected a token with the scope \(scope) for \(subject), got one with "
      + (isEmpty ? "none" : description)
  }
}

extension Scopes: CustomStringConvertible {
  package var description: String {
    Self.names.filter { contains($0.scope) }.map(\.name).joined(separator: ",")
  }
}
