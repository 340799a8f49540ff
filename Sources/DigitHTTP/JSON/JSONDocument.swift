import CJSON

/// A JSON text (RFC 8259) that has been read and checked whole. What its values show stays in
/// memory as long as one of them is there.
final class JSONDocument {
  private let document: OpaquePointer

  /// Arrays and objects within each other: images need five.
  private static let depthMax = 32

  /// - Throws: 400 for what is no JSON, 503 where there is no memory for it.
  private init(_ text: UnsafeRawBufferPointer) throws(HTTPProblem) {
    var problem = digits_json_problem.none
    guard
      let document = digits_json_parse(text.baseAddress, text.count, Self.depthMax, &problem)
    else { throw HTTPProblem(problem) }
    self.document = document
  }

  deinit { digits_json_free(document) }

  /// The outermost value of a text.
  static func read(_ text: ArraySlice<UInt8>) throws(HTTPProblem) -> JSONValue {
    let result = text.withUnsafeBytes { text -> Result<JSONDocument, HTTPProblem> in
      Result { () throws(HTTPProblem) in try JSONDocument(text) }
    }
    let document = try result.get()
    return JSONValue(digits_json_root(document.document), of: document, named: "the body")
  }
}

extension HTTPProblem {
  fileprivate init(_ problem: digits_json_problem) {
    let got =
      switch problem {
      case .empty: "nothing"
      case .depth: "arrays and objects nested too deeply"
      case .string: "a string that is not closed or holds bad characters"
      case .number: "a number that is malformed or too large"
      case .literal: "a word that is neither true, false nor null"
      case .encoding: "bytes that are not UTF-8"
      case .none, .structure, .memory:
        "a text whose commas, brackets or quotation marks are wrong, or with NaN or Infinity"
      }
    guard problem != .memory else {
      self.init(.serviceUnavailable, code: "out_of_memory", "there is no memory for this body")
      return
    }
    self.init(.badRequest, code: "invalid_json", "expected JSON, got \(got)")
  }
}
