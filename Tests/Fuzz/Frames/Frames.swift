import DigitWire
import ProtocolFixtures

/// A stream of frames, in one read and in many: the same frames, and every decoder sees each.
func readFrames(_ bytes: UnsafeRawBufferPointer) {
  let limit = ConnectionLimits().payloadByteCountMax
  var whole = StreamReader(payloadByteCountMax: limit)
  whole.read(bytes)
  var pieces = StreamReader(payloadByteCountMax: limit)
  // The bytes themselves choose the length of the reads: 1 to 64.
  let length = Int(bytes.last ?? 0) % 64 + 1
  for start in stride(from: 0, to: bytes.count, by: length) {
    let end = min(start + length, bytes.count)
    pieces.read(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
  }
  precondition(whole.result == pieces.result, "other frames when read \(length) bytes at a time")
  for frame in whole.result.frames {
    readRequest(frame)
    frame.payload.withUnsafeBytes { readReply(frame, payload: $0) }
  }
}

private func readRequest(_ frame: Frame) {
  let header = frame.header
  _ = try? MessageType(requestOf: header)
  _ = try? MetadataRequest(header)
  _ = try? HealthProbe(header)
  _ = try? header.requirePing()
  frame.payload.withUnsafeBytes { payload in
    if let hello = try? Hello(header, payload: payload) {
      _ = try? hello.chosenVersion()
      let again = written(hello.encodedByteCount) { hello.encode(into: $0) }
      again.payload.withUnsafeBytes {
        let decoded = try? Hello(again.header, payload: $0)
        precondition(decoded == hello)
      }
    }
    if let predict = try? Predict(header, imagesPerRequestMax: 256),
      predict.pixelType == .float32
    {
      for image in 0..<predict.imageCount {
        _ = isValidFloat32Image(
          payload.baseAddress! + image * predict.pixelType.imageByteCount)
      }
    }
  }
}

private func readReply(_ frame: Frame, payload: UnsafeRawBufferPointer) {
  let parameters = frame.header.parameters
  _ = try? GoAway(parameters)
  if let welcome = try? Welcome(parameters, payload: payload) {
    let again = written(welcome.encodedByteCount) { welcome.encode(into: $0) }
    again.payload.withUnsafeBytes {
      let decoded = try? Welcome(again.header.parameters, payload: $0)
      precondition(decoded == welcome)
    }
  }
  if let list = try? ModelList(parameters, payload: payload) {
    let again = written(list.encodedByteCount) {
      list.encode(as: .metadataReply, requestID: 1, into: $0)
    }
    again.payload.withUnsafeBytes {
      let decoded = try? ModelList(again.header.parameters, payload: $0)
      precondition(decoded == list)
    }
  }
  if let stats = try? StatsReply(parameters, payload: payload) {
    let again = written(stats.encodedByteCount) { stats.encode(requestID: 1, into: $0) }
    again.payload.withUnsafeBytes {
      let decoded = try? StatsReply(again.header.parameters, payload: $0)
      precondition(decoded == stats)
    }
  }
  if let error = try? ErrorMessage(parameters, payload: payload) {
    _ = written(error.encodedByteCount) { error.encode(requestID: 1, into: $0) }
  }
  readResult(frame.header, payload: payload)
}

private func readResult(_ header: FrameHeader, payload: UnsafeRawBufferPointer) {
  guard let result = try? PredictResult(header) else { return }
  switch result.returns {
  case .topOne:
    for image in 0..<result.imageCount { _ = TopOne(record: image, of: payload) }
  case .probabilities:
    for index in 0..<payload.count / 4 { _ = probability(index, of: payload) }
  }
}

/// The one frame that `encode` writes. All bytes are set before, so that one it leaves out is seen.
private func written(
  _ byteCount: Int, _ encode: (UnsafeMutableRawBufferPointer) -> Void
) -> Frame {
  var bytes = [UInt8](repeating: 0xEE, count: byteCount)
  bytes.withUnsafeMutableBytes { encode($0) }
  let stream = decode(bytes)
  precondition(stream.isComplete && stream.frames.count == 1, "no frame was written")
  return stream.frames[0]
}
