import Foundation

/// `value` as one JSON object on a line, its keys sorted.
package func jsonLine(_ value: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  let text = String(decoding: try encoder.encode(value), as: UTF8.self)
  return Data("\(text.escapedJSON)\n".utf8)
}
