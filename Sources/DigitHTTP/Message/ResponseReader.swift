import CHTTPParser

/// Reads a server's answers whole, one after another, wherever the reads happen to end. Memory is
/// kept from one answer to the next.
package struct ResponseReader {
  private var lexer = MessageLexer(HTTP_RESPONSE)
  private let bodyByteCountMax: Int
  private let headByteCountMax: Int

  package init(bodyByteCountMax: Int, headByteCountMax: Int = HTTPLimits().headByteCountMax) {
    self.bodyByteCountMax = bodyByteCountMax
    self.headByteCountMax = headByteCountMax
  }

  /// Takes the rest of an answer off the front of `input`, as far as it is there. What comes
  /// before it with a status of 1xx is left out.
  /// - Returns: whether an answer is whole: it is to be had until the next call.
  /// - Throws: a phrase that says what was expected and what came.
  package mutating func next(
    _ input: inout UnsafeRawBufferPointer
  ) throws(ResponseProblem) -> Bool {
    if lexer.found.isMessageComplete { lexer.beginNext() }
    while !input.isEmpty {
      let (count, error) = lexer.execute(input)
      input = UnsafeRawBufferPointer(rebasing: input[count...])
      if let error {
        let reason = String(cString: http_errno_description(error))
        throw ResponseProblem("expected an HTTP response, got one that cannot be read: \(reason)")
      }
      guard !lexer.found.isHeadComplete || (100..<600).contains(status) else {
        throw ResponseProblem("expected an HTTP response, got one of status \(status)")
      }
      guard lexer.found.fields.text.count <= headByteCountMax else {
        throw ResponseProblem("expected a header of at most \(headByteCountMax) bytes, got more")
      }
      guard lexer.found.body.count <= bodyByteCountMax else {
        throw ResponseProblem("expected a body of at most \(bodyByteCountMax) bytes, got more")
      }
      guard lexer.found.isMessageComplete else { continue }
      guard status / 100 == 1 else { return true }
      lexer.beginNext()
    }
    return false
  }

  package var status: Int { Int(lexer.parser.status_code) }
  /// Whether the connection goes on after this answer.
  package var keepsAlive: Bool { lexer.keepsAlive }
  package var body: [UInt8] { lexer.found.body }

  /// The first value of a header, in whatever case its name is given.
  package func first(_ header: StaticString) -> String? { lexer.found.fields.first(header) }

  /// The first value of a header as a number; nil where it is none.
  package func number(_ header: StaticString) -> Int? {
    lexer.found.fields.indexes(of: header).first.flatMap { index in
      let digits = lexer.found.fields.value(index)
      guard !digits.isEmpty, digits.count < 16, digits.allSatisfy(\.isDigit) else { return nil }
      return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
  }
}

/// Why an answer cannot be read.
package struct ResponseProblem: Error, Equatable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
