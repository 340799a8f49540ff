/// An answer as far as its header. The body, of which it tells the length, follows; for HEAD it
/// does not.
package struct ResponseHead: Equatable, Sendable {
  package var status: HTTPStatus
  /// Nil where there is no body.
  package var contentType: String?
  package var contentLength: Int
  /// Whether the connection stays open.
  package var keepsAlive: Bool
  package var cacheControl = "no-store"
  /// What a browser may do with the body: nothing, where it is data.
  package var contentSecurityPolicy = Self.policyOfData
  package var fields: [Field] = []

  package struct Field: Equatable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package static let policyOfData = "default-src 'none'; frame-ancestors 'none'"

  /// What a client gets that waits with its body, before the answer itself.
  package static let `continue`: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"

  package init(
    _ status: HTTPStatus, contentType: String? = nil, contentLength: Int = 0, keepsAlive: Bool
  ) {
    self.status = status
    self.contentType = contentType
    self.contentLength = contentLength
    self.keepsAlive = keepsAlive
  }

  /// Of a problem whose body has so many bytes.
  package init(_ problem: HTTPProblem, contentLength: Int, keepsAlive: Bool) {
    self.init(
      problem.status, contentType: "application/json", contentLength: contentLength,
      keepsAlive: keepsAlive && !problem.closes)
    if problem.status == .unauthorized { fields.append(Field("WWW-Authenticate", "Bearer")) }
    if !problem.allow.isEmpty {
      let methods = problem.allow.map(\.rawValue).joined(separator: ", ")
      fields.append(Field("Allow", methods))
    }
    if let seconds = problem.retryAfterSeconds {
      fields.append(Field("Retry-After", "\(seconds)"))
    }
  }

  /// Appends the status line and the header, with the empty line that ends it.
  /// - Parameter date: as `httpDate` writes it.
  package func append(to bytes: inout [UInt8], date: String) {
    bytes.append(contentsOf: "HTTP/1.1 ".utf8)
    appendDecimal(Int(status.rawValue), to: &bytes)
    bytes.append(.space)
    status.reason.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: "\r\nDate: ".utf8)
    appendValue(date, to: &bytes)
    if let contentType { append("\r\nContent-Type: ", contentType, to: &bytes) }
    if !status.isWithoutBody {
      bytes.append(contentsOf: "\r\nContent-Length: ".utf8)
      appendDecimal(contentLength, to: &bytes)
    }
    append("\r\nConnection: ", keepsAlive ? "keep-alive" : "close", to: &bytes)
    append("\r\nCache-Control: ", cacheControl, to: &bytes)
    append("\r\nContent-Security-Policy: ", contentSecurityPolicy, to: &bytes)
    bytes.append(contentsOf: Self.fixedFields.utf8)
    for field in fields {
      bytes.append(contentsOf: "\r\n".utf8)
      appendValue(field.name, to: &bytes)
      append(": ", field.value, to: &bytes)
    }
    bytes.append(contentsOf: "\r\n\r\n".utf8)
  }

  /// Other sites' pages get nothing of an answer, and a body is only what its type says.
  private static let fixedFields =
    "\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer"
    + "\r\nCross-Origin-Resource-Policy: same-origin"

  private func append(_ name: String, _ value: String, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: name.utf8)
    appendValue(value, to: &bytes)
  }
}

/// A value may come from a client, and must not begin a line of its own.
private func appendValue(_ value: String, to bytes: inout [UInt8]) {
  let start = bytes.count
  bytes.append(contentsOf: value.utf8)
  for index in start..<bytes.count where !bytes[index].isFieldContent { bytes[index] = .space }
}

private func appendDecimal(_ number: Int, to bytes: inout [UInt8]) {
  let start = bytes.count
  var rest = number.magnitude
  repeat {
    bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
    rest /= 10
  } while rest > 0
  bytes[start...].reverse()
}
