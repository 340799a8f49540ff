/// A client's mistake, or why it gets no answer. Every interface shows it in one shape:
///
///     {"error":"expected …, got …","code":"snake_case_code","request_id":"…"}
package struct HTTPProblem: Error, Equatable, Sendable {
  package var status: HTTPStatus
  /// For programs: stable, in snake case.
  package var code: String
  /// For people: what was expected, what came, what to do.
  package var message: String
  /// For 405: what the resource does know.
  package var allow: [HTTPMethod]
  /// For 429 and 503.
  package var retryAfterSeconds: Int?
  /// Whether the connection ends with this answer: what follows on it cannot be told apart.
  package var closes: Bool

  package init(
    _ status: HTTPStatus, code: String, _ message: String, allow: [HTTPMethod] = [],
    retryAfterSeconds: Int? = nil, closes: Bool = false
  ) {
    self.status = status
    self.code = code
    self.message = message
    self.allow = allow
    self.retryAfterSeconds = retryAfterSeconds
    self.closes = closes
  }

  /// The answer's body.
  package func body(requestID: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(message.utf8.count + code.utf8.count + requestID.utf8.count + 64)
    bytes.append(contentsOf: #"{"error":"#.utf8)
    appendJSONString(message, to: &bytes)
    bytes.append(contentsOf: #","code":"#.utf8)
    appendJSONString(code, to: &bytes)
    bytes.append(contentsOf: #","request_id":"#.utf8)
    appendJSONString(requestID, to: &bytes)
    bytes.append(contentsOf: "}\n".utf8)
    return bytes
  }
}
