import Foundation

/// `value` as one JSON object on a line, its keys sorted and in snake_case.
package func jsonLine(_ value: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  let text = String(decoding: try encoder.encode(value), as: UTF8.self)
  return Data("\(text.escapedJSON)\n".utf8)
}
