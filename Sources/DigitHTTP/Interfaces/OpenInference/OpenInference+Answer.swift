extension OpenInference {
  /// Writes an answer: JSON, and behind it the outputs that are wanted as bytes.
  static func encode(_ reply: InferenceReply, _ answer: OpenInferenceAnswer) -> EncodedBody {
    var json = JSONWriter(capacity: 512 + 16 * reply.probabilities.count)
    var tensors: [UInt8] = []
    json.object { json in
      json.member("model_name", reply.modelName)
      json.member("model_version", "\(reply.modelVersion)")
      if let id = answer.id { json.member("id", id) }
      json.key("parameters")
      json.object { json in
        json.member("precision", reply.precision)
        json.member("queue_us", reply.queueMicroseconds)
        json.member("compute_us", reply.computeMicroseconds)
      }
      json.key("outputs")
      json.array { json in
        for output in answer.outputs { write(output, of: reply, &json, tensors: &tensors) }
      }
    }
    let hasTensors = answer.outputs.contains(where: \.isBinary)
    return EncodedBody(
      contentType: hasTensors ? "application/octet-stream" : "application/json",
      headers: hasTensors
        ? [.init(name: "Inference-Header-Content-Length", value: "\(json.bytes.count)")] : [],
      bytes: json.bytes + tensors)
  }

  private static func write(
    _ output: OpenInferenceAnswer.Output, of reply: InferenceReply, _ json: inout JSONWriter,
    tensors: inout [UInt8]
  ) {
    let values = OutputValues(output, of: reply)
    json.object { json in
      json.member("name", output.tensor.rawValue)
      json.member("datatype", values.datatype)
      json.key("shape")
      json.array { json in
        for size in values.shape(reply) { json.value(size) }
      }
      guard output.isBinary else {
        json.key("data")
        json.array { json in values.write(&json) }
        return
      }
      let start = tensors.count
      values.append(to: &tensors)
      json.key("parameters")
      json.object { $0.member("binary_data_size", tensors.count - start) }
    }
  }
}

/// The values of one output, row-major.
private enum OutputValues {
  case floats([Float])
  case indices([Int])
  /// So many texts an image.
  case classes([String], perImage: Int)

  init(_ output: OpenInferenceAnswer.Output, of reply: InferenceReply) {
    let images = 0..<reply.imageCount
    switch output.tensor {
    case .label: self = .indices(images.map(reply.label(ofImage:)))
    case .probabilities:
      guard let wanted = output.classificationCount else {
        self = .floats(reply.probabilities)
        return
      }
      let count = min(wanted, reply.classCount)
      self = .classes(
        images.flatMap { image in
          let values = Array(reply.probabilities(ofImage: image))
          return reply.ranking(ofImage: image).prefix(count).map { index in
            "\(values[index]):\(index):\(reply.labels[index])"
          }
        }, perImage: count)
    }
  }

  var datatype: String {
    switch self {
    case .floats: "FP32"
    case .indices: "INT64"
    case .classes: "BYTES"
    }
  }

  func shape(_ reply: InferenceReply) -> [Int] {
    switch self {
    case .floats: [reply.imageCount, reply.classCount]
    case .indices: [reply.imageCount]
    case .classes(_, let count): [reply.imageCount, count]
    }
  }

  func write(_ json: inout JSONWriter) {
    switch self {
    case .floats(let values): json.elements(values[...])
    case .indices(let values): for value in values { json.value(value) }
    case .classes(let texts, _): for text in texts { json.value(text) }
    }
  }

  /// Little-endian; a text has its length before it, in four bytes.
  func append(to bytes: inout [UInt8]) {
    switch self {
    case .floats(let values):
      for value in values { bytes.append(littleEndian: value.bitPattern) }
    case .indices(let values):
      for value in values { bytes.append(littleEndian: Int64(value)) }
    case .classes(let texts, _):
      for text in texts {
        bytes.append(littleEndian: UInt32(text.utf8.count))
        bytes += text.utf8
      }
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian integer: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: integer.littleEndian) { append(contentsOf: $0) }
  }
}
