/// TensorFlow Serving's REST predict interface. Pixels are ink from 0 to 1, as the networks that
/// one trains in TensorFlow have it: whole numbers up to 255 are refused, not guessed at.
package enum TensorFlowServing {
  /// Reads a request: `instances`, a list of images, or `inputs`, one array of images. Either may
  /// name the input, whatever its name.
  static func decode(
    _ body: [UInt8], limits: InferenceLimits
  ) throws(HTTPProblem) -> InferenceCall {
    let request = try JSONDocument.read(body[...])
    try checkSignature(try request.member("signature_name")?.string())
    let instances = try request.member("instances")
    let inputs = try request.member("inputs")
    switch (instances, inputs) {
    case (let instances?, nil):
      return InferenceCall(
        pixelType: .float32, pixels: try rows(instances, limits: limits),
        answer: .tensorFlowServing(.rows))
    case (nil, let inputs?):
      let images = inputs.kind == .object ? try inputs.onlyMember() : inputs
      return InferenceCall(
        pixelType: .float32, pixels: try images.images(.float32, limits: limits),
        answer: .tensorFlowServing(.columns))
    case (nil, nil), (_?, _?):
      throw HTTPProblem(
        .badRequest, code: "missing_member",
        "expected either instances or inputs, got \(instances == nil ? "neither" : "both")")
    }
  }

  private static func checkSignature(_ name: String?) throws(HTTPProblem) {
    guard let name, !name.isEmpty, name != "serving_default" else { return }
    throw HTTPProblem(
      .badRequest, code: "unknown_signature",
      "expected serving_default as signature_name, got \(name.shortened)")
  }

  /// Images, or objects with one member that is one.
  private static func rows(
    _ instances: JSONValue, limits: InferenceLimits
  ) throws(HTTPProblem) -> [UInt8] {
    guard instances.firstElement()?.kind == .object else {
      return try instances.images(.float32, limits: limits)
    }
    try ImageShape.check(count: instances.elementCount, limits: limits)
    var pixels: [UInt8] = []
    for instance in try instances.elements(atMost: limits.imagesMax) {
      let image = try instance.onlyMember()
      let sizes = image.sizes
      guard ImageShape.imageCount([1] + sizes) != nil else {
        throw HTTPProblem(
          .badRequest, code: "wrong_shape",
          "expected [784], [28,28], [1,28,28] or [28,28,1] as the shape of \(image.name), "
            + "got \(ImageShape.text(sizes))")
      }
      pixels += try image.pixels(.float32, sizes: sizes)
    }
    return pixels
  }

  static func encode(_ reply: InferenceReply, _ answer: TensorFlowServingAnswer) -> EncodedBody {
    var json = JSONWriter(capacity: 64 + 16 * reply.probabilities.count)
    json.object { json in
      switch answer {
      case .rows: json.key("predictions")
      case .columns: json.key("outputs")
      }
      json.array { json in
        for image in 0..<reply.imageCount { json.value(reply.probabilities(ofImage: image)) }
      }
    }
    return EncodedBody(contentType: "application/json", bytes: json.bytes)
  }
}
