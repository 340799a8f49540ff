import DigitWire

/// A version of a model, by what requests call it.
package struct ModelKey: Hashable, Comparable, Sendable {
  package var name: String
  package var version: UInt32

  package init(_ name: String, _ version: UInt32) {
    self.name = name
    self.version = version
  }

  package static func < (left: ModelKey, right: ModelKey) -> Bool {
    (left.name, left.version) < (right.name, right.version)
  }
}

/// Where a version of a model lies.
package struct ModelSource: Equatable, Sendable {
  package var key: ModelKey
  package var file: RepositoryListing.File
}

/// What a model folder asks to be served, and what in it is refused before it is read.
package struct RepositoryScan: Equatable, Sendable {
  /// By name and version, each once.
  package private(set) var sources: [ModelSource] = []
  package private(set) var refusals: [ModelRefusal] = []
  /// Nil where the index is refused.
  package private(set) var index: RepositoryIndex? = RepositoryIndex()

  /// So that WELCOME, which lists them all, stays small.
  package static let nameCountMax = 64
  static let nameByteCountMax = ProtocolLimits.modelNameByteCountMax
  package static let versionCountMax = 256

  package init(_ listing: RepositoryListing) {
    for file in listing.files {
      switch Self.key(of: file.path) {
      case .success(let key): sources.append(ModelSource(key: key, file: file))
      case .failure(let refusal): refusals.append(refusal.refusal)
      }
    }
    refuseRepeated()
    sources.sort { $0.key < $1.key }
    refuseTooMany()
    readIndex(listing.index)
  }

  package var names: [String] {
    sources.reduce(into: []) { names, source in
      if names.last != source.key.name { names.append(source.key.name) }
    }
  }

  private struct Refused: Error {
    let refusal: ModelRefusal
  }

  private static func key(of path: String) -> Result<ModelKey, Refused> {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let isFlat = parts.count == 1
    let name = isFlat ? String(path.dropLast(RepositoryListing.suffix.count)) : parts[0]
    func refused(_ reason: String) -> Result<ModelKey, Refused> {
      .failure(Refused(refusal: ModelRefusal(name: name, version: nil, reason: reason)))
    }
    let byteCountMax = nameByteCountMax
    guard (1...byteCountMax).contains(name.utf8.count) else {
      return refused("expected a name of 1 to \(byteCountMax) bytes, got \(name.utf8.count)")
    }
    guard !name.contains(ModelAlias.separator) else {
      return refused("expected a name without ':', which stands before an alias")
    }
    if isFlat {
      guard "\(name).json" != RepositoryIndex.fileName else {
        return refused(
          "expected another name: \(RepositoryIndex.fileName) is the index, and no model's card")
      }
      return .success(ModelKey(name, 1))
    }
    // In its one spelling: neither 01 nor +1.
    guard let version = UInt32(parts[1]), version > 0, "\(version)" == parts[1] else {
      return refused(
        "expected a version from 1 to \(UInt32.max) as the name of the folder in it, "
          + "got '\(parts[1])'")
    }
    return .success(ModelKey(name, version))
  }

  /// Which of two files is meant nobody can know.
  private mutating func refuseRepeated() {
    let groups = Dictionary(grouping: sources, by: \.key).filter { $1.count > 1 }
    for (key, group) in groups.sorted(by: { $0.key < $1.key }) {
      let paths = group.map(\.file.path).joined(separator: " and ")
      refusals.append(
        ModelRefusal(
          name: key.name, version: key.version,
          reason: "expected one file for version \(key.version), got \(paths)"))
    }
    sources.removeAll { groups[$0.key] != nil }
  }

  private mutating func refuseTooMany() {
    let allowed = Set(names.prefix(Self.nameCountMax))
    var kept: [ModelSource] = []
    for source in sources {
      let reason =
        if !allowed.contains(source.key.name) {
          "expected at most \(Self.nameCountMax) models, got \(names.count)"
        } else if kept.count >= Self.versionCountMax {
          "expected at most \(Self.versionCountMax) versions of all models, got \(sources.count)"
        } else {
          String?.none
        }
      if let reason {
        refusals.append(
          ModelRefusal(name: source.key.name, version: source.key.version, reason: reason))
      } else {
        kept.append(source)
      }
    }
    sources = kept
  }

  private mutating func readIndex(_ content: RepositoryListing.Index) {
    let reason: String
    switch content {
    case .none: return
    case .unreadable(let problem): reason = problem
    case .content(let json):
      do {
        index = try RepositoryIndex(json: json)
        return
      } catch {
        reason = error.description
      }
    }
    index = nil
    refusals.append(ModelRefusal(name: RepositoryIndex.fileName, version: nil, reason: reason))
  }
}
