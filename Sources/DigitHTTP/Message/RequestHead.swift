/// A request as far as its header: read, checked, and of one meaning only.
package struct RequestHead: Equatable, Sendable {
  package let method: HTTPMethod
  /// Decoded: it begins with `/`, no segment is `.` or `..`, and an escaped slash, a control
  /// character or a backslash was refused. `*` for OPTIONS of the whole server.
  package let path: String
  package let query: [QueryItem]
  /// What the client calls the server; nil only in HTTP/1.0.
  package let authority: Authority?
  /// 0 or 1.
  package let versionMinor: Int
  /// Whether the client expects the connection to stay open after the answer.
  package let keepsAlive: Bool
  /// Whether the client waits for `100 Continue` before it sends the body.
  package let expectsContinue: Bool
  package let contentLength: UInt64?
  package let isChunked: Bool

  private let fields: FieldList

  init(
    _ line: (method: HTTPMethod, target: RequestTarget, versionMinor: Int), fields: FieldList,
    framing: Framing, keepsAlive: Bool
  ) throws(HTTPProblem) {
    method = line.method
    path = line.target.path
    query = line.target.query
    versionMinor = line.versionMinor
    authority = try fields.authority(ofTarget: line.target, versionMinor: line.versionMinor)
    expectsContinue =
      try fields.expectsContinue(versionMinor: line.versionMinor)
      && framing.hasBody
    try fields.checkEncoding()
    self.keepsAlive = keepsAlive
    self.fields = fields
    switch framing {
    case .none: (contentLength, isChunked) = (nil, false)
    case .length(let length): (contentLength, isChunked) = (length, false)
    case .chunked: (contentLength, isChunked) = (nil, true)
    }
  }

  package var hasBody: Bool { isChunked || (contentLength ?? 0) > 0 }

  /// The first value of a header, in whatever case its name is given.
  package func first(_ header: StaticString) -> String? { fields.first(header) }

  /// The first value of a query's item.
  package func queryValue(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// How the body's end is found.
  enum Framing: Equatable {
    case none
    case length(UInt64)
    case chunked
    var hasBody: Bool { self != .none && self != .length(0) }
  }
}
