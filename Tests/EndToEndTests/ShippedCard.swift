import Foundation

/// What the card of a model that ships says.
struct ShippedCard: Decodable {
  struct Test: Decodable { var errorCount: Int }
  struct Narrow: Decodable { var test: Test }

  var test: Test
  /// By the precision's name.
  var precisions: [String: Narrow]
  var weightsSha256: String

  init(of name: String) throws {
    let file = Program.root.appending(path: "Models/\(name).json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(Self.self, from: try Data(contentsOf: file))
  }
}
