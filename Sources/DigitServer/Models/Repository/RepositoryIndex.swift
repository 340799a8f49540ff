import FileAccess
import Foundation

/// `models.json` in the model folder: which versions the aliases of models stand for, and which
/// model serves requests that name none.
///
///     {
///       "default": "cnn-28",
///       "aliases": {"cnn-28": {"default": 1, "stable": 1, "canary": 2}}
///     }
package struct RepositoryIndex: Equatable, Sendable {
  /// A model, or an alias of one as `cnn-28:stable`; nil for the server's own choice.
  package private(set) var defaultName: String?
  /// By model, then by alias.
  package private(set) var aliases: [ModelAlias] = []

  package init() {}

  static let fileName = "models.json"
  package static let byteCountMax = 64 << 10
  package static let aliasCountMax = 64
  static let aliasByteCountMax = 32

  /// What was expected, and what came.
  package struct Problem: Error, Equatable, CustomStringConvertible {
    package let description: String
    package init(description: String) { self.description = description }
  }

  /// Reads the file's bytes, strictly: a member that is misspelt would otherwise be missed.
  package init(json: [UInt8]) throws(Problem) {
    guard json.count <= Self.byteCountMax else {
      throw Problem(description: "expected at most \(Self.byteCountMax) bytes, got \(json.count)")
    }
    let document: Document
    do {
      document = try JSONDecoder().decode(Document.self, from: Data(json))
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem(description: jsonProblem(error))
    }
    defaultName = document.defaultName
    for (model, versions) in document.aliases.sorted(by: { $0.key < $1.key }) {
      for (alias, version) in versions.sorted(by: { $0.key < $1.key }) {
        aliases.append(try Self.alias(alias, of: model, version))
      }
    }
    guard aliases.count <= Self.aliasCountMax else {
      throw Problem(
        description: "expected at most \(Self.aliasCountMax) aliases, got \(aliases.count)")
    }
  }

  private static func alias(
    _ alias: String, of model: String, _ version: UInt32
  ) throws(Problem) -> ModelAlias {
    let isWord = alias.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x2F && $0 != 0x3A }
    guard isWord, (1...aliasByteCountMax).contains(alias.utf8.count) else {
      throw Problem(
        description: "expected aliases of 1 to \(aliasByteCountMax) ASCII characters without "
          + "spaces, ':' and '/', got '\(alias)'")
    }
    guard version > 0 else {
      throw Problem(description: "expected a version from 1 on as aliases.\(model).\(alias), got 0")
    }
    return ModelAlias(model: model, alias: alias, version: version)
  }

  private struct Document: Decodable {
    var defaultName: String?
    var aliases: [String: [String: UInt32]]

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Key.self)
      let known = ["default", "aliases"]
      let unknown = members.allKeys.map(\.stringValue).filter { !known.contains($0) }
      guard unknown.isEmpty else {
        throw Problem(
          description: "expected the members default and aliases, got '\(unknown.sorted()[0])'")
      }
      defaultName = try members.decodeIfPresent(String.self, forKey: Key(stringValue: "default"))
      aliases =
        try members.decodeIfPresent(
          [String: [String: UInt32]].self, forKey: Key(stringValue: "aliases")) ?? [:]
    }
  }
}
