import COpenAPI

/// The description of every route over HTTP, as `GET /openapi.json` answers it.
package enum OpenAPIDocument {
  /// JSON by OpenAPI 3.1.
  package static let bytes: [UInt8] = {
    var count = 0
    let bytes = digits_openapi(&count)
    return [UInt8](UnsafeBufferPointer(start: bytes, count: count))
  }()
}
