/// An object of JSON, put together member by member.
struct JSONObject: Encodable {
  private var members: [(name: String, value: any Encodable)] = []

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Adds a member; nil adds none.
  mutating func add(_ name: String, _ value: (some Encodable)?) {
    if let value { members.append((name, value)) }
  }

  /// Adds a member that is null where there is no value.
  mutating func addOrNull(_ name: String, _ value: (some Encodable)?) {
    members.append((name, value))
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    for (name, value) in members {
      try container.encode(value, forKey: Name(stringValue: name))
    }
  }
}
