import Foundation

/// One frame of `valid.json`, with the meaning that is written beside it.
package struct ValidFrame: Sendable, CustomStringConvertible {
  package let name: String
  package let isToServer: Bool
  package let bytes: [UInt8]
  package let meaning: JSONValue
  package let isCanonical: Bool

  package var description: String { name }
}

/// A vector of `valid.json`: one frame, or several in one write.
package struct ValidVector: Sendable, CustomStringConvertible {
  package let name: String
  package let frames: [ValidFrame]

  package var bytes: [UInt8] { frames.flatMap(\.bytes) }
  package var description: String { name }
}

/// A vector of `malformed.json`, of which the last frame must be refused.
package struct MalformedVector: Sendable, CustomStringConvertible {
  package let name: String
  package let isToServer: Bool
  package let judge: String
  package let stream: [[UInt8]]
  /// Frames after the refused one, which must not be answered.
  package let after: [[UInt8]]
  package let setup: JSONValue?
  package let expected: JSONValue
  /// The other frames that come: type and request id.
  package let others: [JSONValue]

  package var description: String { name }
}

/// The files of `Protocol/`, found from this file's own place.
package enum ProtocolFiles {
  package static let folder = URL(filePath: #filePath).appending(path: "../../../Protocol")
    .standardized

  package static let description = json("protocol.json")
  package static let specification = String(decoding: data("SPEC.md"), as: UTF8.self)
  package static let valid = json("Vectors/valid.json").array!.map(ValidVector.init)
  package static let malformed = json("Vectors/malformed.json").array!.map(MalformedVector.init)

  private static func data(_ name: String) -> Data {
    guard let data = try? Data(contentsOf: folder.appending(path: name)) else {
      fatalError("no file \(name) in \(folder.path())")
    }
    return data
  }

  private static func json(_ name: String) -> JSONValue {
    do {
      return try JSONDecoder().decode(JSONValue.self, from: data(name))
    } catch {
      fatalError("\(name): \(error)")
    }
  }
}

extension ValidVector {
  package init(_ json: JSONValue) {
    name = json["name"]!.string!
    let isToServer = json["direction"] == "client_to_server"
    frames = (json["stream"]?.array ?? [json]).enumerated().map { [name] index, frame in
      ValidFrame(
        name: index == 0 ? name : "\(name) [\(index)]", isToServer: isToServer,
        bytes: expanded(frame["hex"]!.string!), meaning: frame["meaning"]!,
        isCanonical: frame["canonical"] == nil && frame["meaning"]!["skipped"] == nil)
    }
  }
}

extension MalformedVector {
  package init(_ json: JSONValue) {
    name = json["name"]!.string!
    isToServer = json["direction"] == "client_to_server"
    judge = json["judge"]!.string!
    stream = json["stream"]!.array!.map { expanded($0.string!) }
    after = (json["after"]?.array ?? []).map { expanded($0.string!) }
    others = json["others"]?.array ?? []
    setup = json["setup"]
    expected = json["expect"]!
  }
}

/// Bytes written as `01 (00FF*3)`: see `Protocol/Vectors/README.md`.
package func expanded(_ text: String) -> [UInt8] {
  var bytes: [UInt8] = []
  for part in text.filter({ $0 != " " }).split(whereSeparator: { "()".contains($0) }) {
    let pieces = part.split(separator: "*")
    let pattern = plainBytes(pieces[0])
    for _ in 0..<(pieces.count == 2 ? Int(pieces[1])! : 1) { bytes += pattern }
  }
  return bytes
}

private func plainBytes(_ text: Substring) -> [UInt8] {
  let digits = text.utf8.map { digit in
    digit < UInt8(ascii: "A") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "A") + 10
  }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
