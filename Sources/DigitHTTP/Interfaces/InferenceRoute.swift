/// Which interface a request for inference speaks, and which model its path names.
package enum InferenceRoute: Equatable, Sendable {
  /// `POST /v2/models/M[/versions/V]/infer`
  case openInference(model: String, version: UInt32?)
  /// `POST /v1/models/M[/versions/V]:predict`
  case tensorFlowServing(model: String, version: UInt32?)
  /// `POST /v1/predict`
  case predict

  /// What the body asks for.
  package func decode(
    _ body: [UInt8], head: RequestHead, limits: InferenceLimits
  ) throws(HTTPProblem) -> InferenceCall {
    switch self {
    case .openInference(let model, let version):
      let jsonLength = head.first(OpenInference.jsonLengthHeader)
      var call = try OpenInference.decode(body, jsonLength: jsonLength, limits: limits)
      (call.model, call.version) = (model, version)
      return call
    case .tensorFlowServing(let model, let version):
      var call = try TensorFlowServing.decode(body, limits: limits)
      (call.model, call.version) = (model, version)
      return call
    case .predict:
      return try PredictInterface.decode(
        body, contentType: head.first("content-type"), query: head.query, limits: limits)
    }
  }

  /// Whether decoding such a body takes longer than a loop may be held up: it is done beside it.
  package func isSlow(
    head: RequestHead, bodyByteCount: Int, limits: InferenceLimits
  ) -> Bool {
    switch self {
    case .openInference:
      // The tensors behind the JSON are only copied.
      let json = head.first(OpenInference.jsonLengthHeader).flatMap(Int.init) ?? bodyByteCount
      return json > limits.loopJSONByteCountMax
    case .tensorFlowServing: return bodyByteCount > limits.loopJSONByteCountMax
    case .predict:
      switch MediaType(head.first("content-type") ?? "") {
      case .picture: return true
      case .bytes: return false
      case .json, .other: return bodyByteCount > limits.loopJSONByteCountMax
      }
    }
  }
}

extension InferenceCall {
  /// The answer's content.
  /// - Parameter reply: with the probabilities of as many images as the call has.
  package func encode(_ reply: InferenceReply) -> EncodedBody {
    precondition(reply.imageCount == imageCount)
    switch answer {
    case .openInference(let answer): return OpenInference.encode(reply, answer)
    case .tensorFlowServing(let answer): return TensorFlowServing.encode(reply, answer)
    case .predict(let answer): return PredictInterface.encode(reply, answer, of: self)
    }
  }
}
