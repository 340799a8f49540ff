/// Our own interface: a picture, pixels as bytes, or JSON.
package enum PredictInterface {
  /// Reads a body as its Content-Type says. Where a query and a JSON body name the same thing, the
  /// body counts.
  static func decode(
    _ body: [UInt8], contentType: String?, query: [QueryItem], limits: InferenceLimits
  ) throws(HTTPProblem) -> InferenceCall {
    let options = try PredictOptions(query)
    let type = MediaType(contentType ?? "")
    guard type == .picture || options.many == nil else {
      throw HTTPProblem(
        .badRequest, code: "invalid_query", "expected many with a picture only, got it without")
    }
    switch type {
    case .picture:
      let picture = try ReadPicture(body, options.many == true ? .rows : .one, limits: limits)
      return options.call(.uint8, picture.pixels, .picture(picture))
    case .bytes: return options.call(.uint8, try images(body, limits: limits), .images)
    case .json: return try decodeJSON(body, options, limits: limits)
    case .other:
      throw HTTPProblem(
        .unsupportedMediaType, code: "unsupported_media_type",
        "expected application/json, application/octet-stream or a picture such as image/png as "
          + "Content-Type, got \(contentType?.shortened ?? "none")")
    }
  }

  private static func images(
    _ body: [UInt8], limits: InferenceLimits
  ) throws(HTTPProblem) -> [UInt8] {
    guard body.count.isMultiple(of: 784) else {
      throw HTTPProblem(
        .badRequest, code: "wrong_byte_count",
        "expected 784 bytes an image, 0 for ground to 255 for ink, got \(body.count) bytes")
    }
    try ImageShape.check(count: body.count / 784, limits: limits)
    return body
  }

  private static func decodeJSON(
    _ body: [UInt8], _ options: PredictOptions, limits: InferenceLimits
  ) throws(HTTPProblem) -> InferenceCall {
    let request = try JSONDocument.read(body[...])
    let images = try request.required("images")
    try request.checkKeys(["images", "model", "version", "raw", "deadline_ms"])
    var options = options
    options.model = try request.member("model")?.string() ?? options.model
    if let version = try request.member("version") {
      options.version = UInt32(try version.integer(in: 1...Int(UInt32.max)))
    }
    options.isRaw = try request.member("raw")?.bool() ?? options.isRaw
    if let deadline = try request.member("deadline_ms") {
      options.deadlineMilliseconds = try deadline.number(in: PredictOptions.deadlineRange)
    }
    return options.call(.uint8, try images.images(.uint8, limits: limits), .images)
  }
}
