import Foundation

/// What is wrong with JSON that could not be decoded: where, what was expected, what came.
package func jsonProblem(_ error: any Error) -> String {
  switch error {
  case DecodingError.keyNotFound(let key, let context):
    "'\(key.stringValue)' is missing\(location(context.codingPath))"
  case DecodingError.typeMismatch(let type, let context):
    "expected \(words(for: type))\(location(context.codingPath)), got something else"
  case DecodingError.valueNotFound(let type, let context):
    "expected \(words(for: type))\(location(context.codingPath)), got null"
  case DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty:
    "expected JSON, got something else or a part of it"
  case DecodingError.dataCorrupted(let context):
    "expected another value\(location(context.codingPath))"
  default: "\(error)"
  }
}

private func location(_ path: [any CodingKey]) -> String {
  guard !path.isEmpty else { return "" }
  let keys = path.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }
  return " at '\(keys.joined().drop { $0 == "." })'"
}

private func words(for type: any Any.Type) -> String {
  switch type {
  case is String.Type: "a text"
  case is Bool.Type: "true or false"
  case is any BinaryInteger.Type: "a whole number"
  case is any BinaryFloatingPoint.Type: "a number"
  case is [Any].Type: "a list"
  default: "an object"
  }
}
