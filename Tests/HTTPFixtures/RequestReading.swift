import DigitHTTP

/// What a parser made of a client's bytes.
package struct RequestReading: Equatable {
  package struct Request: Equatable {
    package let head: RequestHead
    package var body: [UInt8] = []
    package var isWhole = false

    package var text: String { String(decoding: body, as: UTF8.self) }
  }

  package private(set) var requests: [Request] = []
  /// Why it read no further.
  package private(set) var problem: HTTPProblem?

  /// Reads `bytes` in pieces of so many, each at an address of its own, which ends with it.
  package init(
    _ bytes: some Collection<UInt8>, piece: Int = .max, limits: HTTPLimits = HTTPLimits()
  ) {
    let bytes = Array(bytes)
    var parser = RequestParser(limits: limits)
    var start = 0
    while start < bytes.count, problem == nil {
      let end = piece < bytes.count - start ? start + piece : bytes.count
      Array(bytes[start..<end]).withUnsafeBytes { read($0, by: &parser) }
      start = end
    }
  }

  /// Text, whose line ends are CR LF where it is written in several lines.
  package init(_ text: String, piece: Int = .max, limits: HTTPLimits = HTTPLimits()) {
    self.init(text.utf8, piece: piece, limits: limits)
  }

  private mutating func read(_ bytes: UnsafeRawBufferPointer, by parser: inout RequestParser) {
    var input = bytes
    do {
      while let element = try parser.next(&input) {
        switch element {
        case .head(let head): requests.append(Request(head: head))
        case .body(let piece):
          precondition(!piece.isEmpty, "an empty piece of a body")
          requests[requests.count - 1].body += piece
        case .end: requests[requests.count - 1].isWhole = true
        }
      }
      precondition(input.isEmpty, "\(input.count) bytes were not read")
    } catch {
      problem = error
      var rest = input
      let again = Result { () throws(HTTPProblem) in try parser.next(&rest) }
      guard case .failure(error) = again else { preconditionFailure("it reads on after \(error)") }
    }
  }
}
