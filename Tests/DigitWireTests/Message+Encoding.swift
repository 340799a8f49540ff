import DigitWire
import ProtocolFixtures

extension Message {
  /// The whole frame as DigitWire writes it, with the id (and, for a list of models, the type) of
  /// `header`.
  func encoded(like header: FrameHeader) -> [UInt8] {
    let id = header.requestID
    return switch self {
    case .hello(let hello): written(hello.encodedByteCount) { hello.encode(into: $0) }
    case .predict(let predict, let pixels): framed(predict.header(requestID: id), pixels)
    case .metadata(let request):
      framed(FrameHeader(.metadata, requestID: id, parameters: request.parameters))
    case .health(let probe): framed(probe.request)
    case .welcome(let welcome): written(welcome.encodedByteCount) { welcome.encode(into: $0) }
    case .result(let result, let records):
      framed(
        result.header(requestID: id, classCount: records.count / result.imageCount / 4),
        result.encodedAgain(records))
    case .statsReply(let stats):
      written(stats.encodedByteCount) { stats.encode(requestID: id, into: $0) }
    case .models(let list):
      written(list.encodedByteCount) {
        list.encode(as: MessageType(rawValue: header.type)!, requestID: id, into: $0)
      }
    case .healthReply(let probe, let isYes): framed(probe.reply(isYes))
    case .goAway(let goAway): framed(goAway.header)
    case .error(let error):
      written(error.encodedByteCount) { error.encode(requestID: id, into: $0) }
    case .plain(let type, let payload):
      framed(FrameHeader(type, requestID: id, payloadByteCount: payload.count), payload)
    }
  }
}

/// A frame of a header and the payload that its sender adds.
private func framed(_ header: FrameHeader, _ payload: [UInt8] = []) -> [UInt8] {
  let start = written(FrameHeader.byteCount) { header.encode(into: $0) }
  precondition(header.frameByteCount == start.count + payload.count)
  return start + payload
}

/// What `encode` writes. All bytes are set before, so that one it leaves out is seen.
private func written(
  _ byteCount: Int, _ encode: (UnsafeMutableRawBufferPointer) -> Void
) -> [UInt8] {
  var bytes = [UInt8](repeating: 0xEE, count: byteCount)
  bytes.withUnsafeMutableBytes { encode($0) }
  return bytes
}

extension PredictResult {
  /// Top-1 records through `TopOne`; probabilities are raw floats on both sides.
  fileprivate func encodedAgain(_ records: [UInt8]) -> [UInt8] {
    guard returns == .topOne else { return records }
    return (0..<imageCount).flatMap { image in
      let top = lend(records) { TopOne(record: image, of: $0) }
      return written(TopOne.byteCount) { top.encode(into: $0) }
    }
  }
}
