import DigitImage
import DigitWire

/// What our own interface tells beside the predictions.
package enum PredictAnswer: Equatable, Sendable {
  /// Images came as pixels.
  case images
  /// A picture came.
  case picture(ReadPicture)
}

extension PredictInterface {
  static func encode(
    _ reply: InferenceReply, _ answer: PredictAnswer, of call: InferenceCall
  ) -> EncodedBody {
    let labels = (0..<reply.imageCount).map(reply.label(ofImage:))
    let images = answered(reply, labels, answer)
    var json = JSONWriter(capacity: 512 + reply.imageCount * 1_536)
    json.object { json in
      json.member("model", reply.modelName)
      json.member("version", reply.modelVersion)
      json.member("precision", reply.precision)
      json.member("text", images.map { reply.labels[labels[$0]] }.joined())
      json.key("predictions")
      json.array { json in
        for image in images {
          let label = labels[image]
          json.object { json in
            write(&json, reply, image: image, label: label)
            json.member("not_a_digit", call.rejects(image, label, reply))
            if let found = found(image, answer) { write(&json, found) }
          }
        }
      }
      write(&json, answer)
      json.key("timing")
      json.object { json in
        json.member("queue_us", reply.queueMicroseconds)
        json.member("compute_us", reply.computeMicroseconds)
        json.member("total_us", reply.totalMicroseconds)
      }
    }
    return EncodedBody(contentType: "application/json", bytes: json.bytes)
  }

  /// Which images to tell of: where digits touch in a picture, more are asked about than it has.
  private static func answered(
    _ reply: InferenceReply, _ labels: [Int], _ answer: PredictAnswer
  ) -> [Int] {
    switch answer {
    case .picture(.digits(let digits, _)):
      digits.chosen(
        labels.indices.map { reply.probabilities[$0 * reply.classCount + labels[$0]] })
    case .picture(.nothing), .images: Array(labels.indices)
    }
  }

  private static func found(_ image: Int, _ answer: PredictAnswer) -> FoundDigit? {
    switch answer {
    case .picture(.digits(let digits, _)): digits.candidates[image]
    case .picture(.nothing), .images: nil
    }
  }

  private static func write(
    _ json: inout JSONWriter, _ reply: InferenceReply, image: Int, label: Int
  ) {
    let probabilities = reply.probabilities(ofImage: image)
    json.member("label", reply.labels[label])
    json.key("probability")
    json.elements(probabilities.dropFirst(label).prefix(1))
    json.key("probabilities")
    json.value(probabilities)
  }

  private static func write(_ json: inout JSONWriter, _ found: FoundDigit) {
    json.key("box")
    json.object { json in
      json.member("x", found.bounds.left)
      json.member("y", found.bounds.top)
      json.member("width", found.bounds.right - found.bounds.left)
      json.member("height", found.bounds.bottom - found.bounds.top)
    }
    json.member("pixels", base64: found.pixels)
  }

  private static func write(_ json: inout JSONWriter, _ answer: PredictAnswer) {
    switch answer {
    case .images: break
    case .picture(.digits(_, let leftOutCount)): json.member("left_out", leftOutCount)
    case .picture(.nothing(let reason)):
      json.member("left_out", 0)
      json.member("reason", reason)
    }
  }

  /// `GET /v1/models`
  package static func models(_ models: [ServedModel]) -> EncodedBody {
    .json { json in
      json.key("models")
      json.array { json in
        for model in models { json.object { write(&$0, model) } }
      }
    }
  }

  private static func write(_ json: inout JSONWriter, _ model: ServedModel) {
    json.member("name", model.name)
    json.member("version", model.version)
    json.member("versions", model.versions.map(Int.init))
    json.member("default", model.isDefault)
    json.member("precision", model.precision)
    json.member("conditioned", model.isConditioned)
    if let accuracy = model.accuracy { json.member("accuracy", accuracy) }
    if let threshold = model.rejectionThreshold {
      json.key("rejection_threshold")
      json.elements([threshold][...])
    }
    json.member("parameters", model.parameterCount)
    json.member("bytes", model.byteCount)
  }
}

extension InferenceCall {
  /// Whether an image shows none of the classes.
  fileprivate func rejects(_ image: Int, _ label: Int, _ reply: InferenceReply) -> Bool {
    let probability = reply.probabilities[image * reply.classCount + label]
    let size = pixelType.imageByteCount
    let bytes = pixels[image * size..<(image + 1) * size]
    switch pixelType {
    case .uint8:
      return RejectionRule.rejects(
        probability: probability, threshold: reply.rejectionThreshold, pixels: bytes)
    case .float32:
      let ink = bytes.withUnsafeBytes { bytes in
        (0..<size / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
      }
      return RejectionRule.rejects(
        probability: probability, threshold: reply.rejectionThreshold, ink: ink)
    }
  }
}
