import DigitWire
import ProtocolFixtures

extension AnyMessage {
  /// The fields that a vector's `meaning` spells out, but for the header's and PREDICT's images.
  var fields: [String: JSONValue] {
    switch self {
    case .whole(let message): message.fields
    case .streamed(let predict as Predict, _): predict.fields
    case .streamed(_, let payload): ["echo": .bytes(payload)]
    case .result(let result, let payload): result.fields(payload)
    }
  }
}

extension WholeMessage {
  fileprivate var fields: [String: JSONValue] {
    switch self {
    case let hello as Hello: hello.fields
    case MetadataRequest.one(let handle) as MetadataRequest: ["model": .whole(handle)]
    case is MetadataRequest: ["model": 0xFFFF]
    case let probe as HealthProbe: ["probe": .string("\(probe)")]
    case let welcome as Welcome: welcome.fields
    case let stats as StatsReply: stats.fields
    case let list as any ModelListing: ["models": .array(list.models.map(\.meaning))]
    case let reply as HealthReply:
      ["probe": .string("\(reply.probe)"), "yes": .boolean(reply.isYes)]
    case let reply as ReloadReply: reply.fields
    case let goAway as GoAway: goAway.fields
    case let error as ErrorMessage: error.fields
    default: [:]
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
  fileprivate func fields(_ payload: [UInt8]) -> [String: JSONValue] {
    var fields: [String: JSONValue] = [
      "version": .whole(modelVersion), "queue_us": .whole(queueMicroseconds),
      "inference_us": .whole(computeMicroseconds), "count": .whole(imageCount),
      "return_kind": returns.meaning, "precision": precision.meaning,
    ]
    let name = returns == .topOne ? "top1" : "probabilities"
    fields[name] = .array(lend(payload) { bytes in meanings(of: records(bytes)) })
    return fields
  }

  private func meanings(of records: Records) -> [JSONValue] {
    (0..<imageCount).map { image in
      guard let classCount = records.classCount else {
        let top = records.topOne(of: image)
        return ["probability": .float(top.probability), "class": .whole(top.label)]
      }
      return .array(
        (0..<classCount).map { .float(records.probability(of: $0, image: image)) })
    }
  }
}

extension StatsReply {
  fileprivate var fields: [String: JSONValue] {
    [
      "uptime_us": .whole(uptimeMicroseconds), "entries": .array(entries.map(\.meaning)),
      "model_statistics": .array(models.map(\.meaning)),
    ]
  }
}

extension ModelStatistics {
  fileprivate var meaning: JSONValue {
    [
      "name": .string(name), "version": .whole(version),
      "entries": .array(entries.map(\.meaning)),
      "histograms": .array(histograms.map(\.meaning)),
    ]
  }
}

extension ModelStatistics.Histogram {
  fileprivate var meaning: JSONValue {
    let buckets: [JSONValue] = buckets.map {
      ["upper_bound": .whole($0.upperBound), "count": .whole($0.count)]
    }
    return ["name": .string(name), "sum": .whole(sum), "buckets": .array(buckets)]
  }
}

extension StatsReply.Entry {
  fileprivate var meaning: JSONValue {
    ["name": .string(name), "kind": .string("\(kind)"), "value": .whole(value)]
  }
}

extension ReloadReply {
  fileprivate var fields: [String: JSONValue] {
    [
      "outcome": .string("\(outcome)"), "loaded": .whole(loadedCount),
      "removed": .whole(removedCount), "refused": .whole(refusedCount),
      "message": .string(message),
    ]
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
    var fields: [String: JSONValue] = [
      "handle": .whole(handle), "default": .boolean(isDefault),
      "conditioned": .boolean(isConditioned), "precision": precision.meaning,
      "default_version": .whole(version), "rows": .whole(rows), "columns": .whole(columns),
      "pixel_types": .array(PixelType.allCases.filter(pixelTypes.contains).map(\.meaning)),
      "name": .string(name), "versions": .array(versions.map { .whole($0) }),
      "labels": .array(labels.map { .string($0) }),
    ]
    if let problem { fields["problem"] = .string(problem) }
    if let rejectionThreshold { fields["rejection_threshold"] = .float(rejectionThreshold) }
    return .object(fields)
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
