import DigitWire
import ProtocolFixtures

extension Message {
  /// The fields that a vector's `meaning` spells out, but for the header's and PREDICT's images.
  var fields: [String: JSONValue] {
    switch self {
    case .hello(let hello): hello.fields
    case .predict(let predict, _): predict.fields
    case .metadata(.one(let handle)): ["model": .whole(handle)]
    case .metadata(.all): ["model": 0xFFFF]
    case .health(let probe): ["probe": .string("\(probe)")]
    case .welcome(let welcome): welcome.fields
    case .result(let result, let records): result.fields(records)
    case .statsReply(let stats): stats.fields
    case .models(let list): ["models": .array(list.models.map(\.meaning))]
    case .healthReply(let probe, let isYes):
      ["probe": .string("\(probe)"), "yes": .boolean(isYes)]
    case .goAway(let goAway): goAway.fields
    case .error(let error): error.fields
    case .plain(.ping, let payload), .plain(.pong, let payload): ["echo": .bytes(payload)]
    case .plain: [:]
    }
  }
}

extension JSONValue {
  static func whole(_ value: some BinaryInteger) -> JSONValue { .integer(UInt64(value)) }

  /// A float as JSON has it: a whole number cannot be told from an integer.
  static func float(_ value: Float) -> JSONValue {
    UInt64(exactly: value).map { .whole($0) } ?? .number(Double(value))
  }

  /// Upper-case hexadecimal without the shorthand of the vectors.
  static func bytes(_ bytes: [UInt8]) -> JSONValue {
    let digits = Array("0123456789ABCDEF")
    return .string(String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }))
  }
}

extension Hello {
  fileprivate var fields: [String: JSONValue] {
    [
      "version_lowest": .whole(versions.lowerBound),
      "version_highest": .whole(versions.upperBound),
      "features": .whole(features.rawValue), "token": .bytes(token),
    ]
  }
}

extension Predict {
  fileprivate var fields: [String: JSONValue] {
    [
      "model": .whole(modelHandle), "version": .whole(modelVersion),
      "pixel_type": pixelType.meaning, "return_kind": returns.meaning,
      "count": .whole(imageCount), "deadline_us": .whole(deadlineMicroseconds),
      "raw": .boolean(isRaw),
    ]
  }
}

extension Welcome {
  fileprivate var fields: [String: JSONValue] {
    [
      "version": .whole(version), "features": .whole(features.rawValue),
      "payload_bytes_max": .whole(limits.payloadByteCountMax),
      "images_max": .whole(limits.imagesPerRequestMax),
      "requests_in_flight_max": .whole(limits.requestsInFlightMax),
      "models": .array(models.map(\.meaning)),
    ]
  }
}

extension PredictResult {
  fileprivate func fields(_ records: [UInt8]) -> [String: JSONValue] {
    var fields: [String: JSONValue] = [
      "version": .whole(modelVersion), "queue_us": .whole(queueMicroseconds),
      "inference_us": .whole(computeMicroseconds), "count": .whole(imageCount),
      "return_kind": returns.meaning, "precision": precision.meaning,
    ]
    let name = returns == .topOne ? "top1" : "probabilities"
    fields[name] = .array(lend(records) { bytes in meanings(of: bytes) })
    return fields
  }

  private func meanings(of records: UnsafeRawBufferPointer) -> [JSONValue] {
    let classes = records.count / imageCount / 4
    return (0..<imageCount).map { image in
      switch returns {
      case .topOne:
        let top = TopOne(record: image, of: records)
        return ["probability": .float(top.probability), "class": .whole(top.label)]
      case .probabilities:
        return .array(
          (0..<classes).map { .float(probability(image * classes + $0, of: records)) })
      }
    }
  }
}

extension StatsReply {
  fileprivate var fields: [String: JSONValue] {
    ["uptime_us": .whole(uptimeMicroseconds), "entries": .array(entries.map(\.meaning))]
  }
}

extension StatsReply.Entry {
  fileprivate var meaning: JSONValue {
    ["name": .string(name), "kind": .string("\(kind)"), "value": .whole(value)]
  }
}

extension GoAway {
  fileprivate var fields: [String: JSONValue] {
    [
      "reason": reason == .shutdown ? "shutdown" : "age",
      "grace_ms": .whole(graceMilliseconds),
    ]
  }
}

extension ErrorMessage {
  fileprivate var fields: [String: JSONValue] {
    [
      "code": .whole(code.rawValue), "class": .string("\(fault)"),
      "retryable": .boolean(isRetryable), "processed": .string("\(processed)"),
      "closes": .boolean(closes), "retry_after_ms": .whole(retryAfterMilliseconds),
      "image": image.map { .whole($0) } ?? .null, "message": .string(message),
    ]
  }
}

extension ModelEntry {
  fileprivate var meaning: JSONValue {
    [
      "handle": .whole(handle), "default": .boolean(isDefault),
      "conditioned": .boolean(isConditioned), "precision": precision.meaning,
      "default_version": .whole(version), "rows": .whole(rows), "columns": .whole(columns),
      "pixel_types": .array(PixelType.allCases.filter(pixelTypes.contains).map(\.meaning)),
      "name": .string(name), "versions": .array(versions.map { .whole($0) }),
      "labels": .array(labels.map { .string($0) }),
    ]
  }
}

extension PixelType {
  fileprivate var meaning: JSONValue { self == .uint8 ? "u8" : "f32" }
}

extension ReturnKind {
  fileprivate var meaning: JSONValue { self == .topOne ? "top1" : "probabilities" }
}

extension Precision {
  fileprivate var meaning: JSONValue { .string(description) }
}
