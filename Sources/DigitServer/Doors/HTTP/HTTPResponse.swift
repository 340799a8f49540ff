import DigitHTTP

/// What a request is answered with.
package struct HTTPResponse {
  private var head: ResponseHead
  private let body: [UInt8]
  package var status: HTTPStatus { head.status }
  /// Whether the connection ends with it.
  package let closes: Bool

  init(_ status: HTTPStatus, contentType: String, _ body: [UInt8]) {
    head = ResponseHead(
      status, contentType: contentType, contentLength: body.count, keepsAlive: true)
    self.body = body
    closes = false
  }

  static func text(_ text: String) -> HTTPResponse {
    HTTPResponse(.ok, contentType: "text/plain; charset=utf-8", Array(text.utf8))
  }

  /// What an interface has to say.
  init(_ encoded: EncodedBody) {
    self.init(.ok, contentType: encoded.contentType, encoded.bytes)
    head.fields = encoded.headers.map { ResponseHead.Field($0.name, $0.value) }
  }

  init(_ problem: HTTPProblem, requestID: String) {
    body = problem.body(requestID: requestID)
    head = ResponseHead(problem, contentLength: body.count, keepsAlive: true)
    closes = problem.closes
  }

  /// A file of the page, or that the browser has it already.
  init(_ asset: PageAsset, ifNoneMatch known: String?) {
    let isKnown = known == asset.entityTag
    body = isKnown ? [] : Array(asset.bytes)
    head = ResponseHead(
      isKnown ? .notModified : .ok, contentType: isKnown ? nil : asset.contentType,
      contentLength: body.count, keepsAlive: true)
    // A browser asks each time whether its copy is still the newest.
    head.cacheControl = "no-cache"
    head.contentSecurityPolicy = PageAssets.contentSecurityPolicy
    head.fields = PageAssets.headers(of: asset).map { ResponseHead.Field($0.name, $0.value) }
    head.fields.append(ResponseHead.Field("ETag", asset.entityTag))
    closes = false
  }

  /// - Parameters:
  ///   - isHead: Whether the body is told of and not sent.
  ///   - date: as `httpDate` writes it.
  func encoded(isHead: Bool = false, keepsAlive: Bool = false, date: String) -> [UInt8] {
    var head = head
    head.keepsAlive = keepsAlive
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512 + body.count)
    head.append(to: &bytes, date: date)
    if !isHead { bytes += body }
    return bytes
  }
}
