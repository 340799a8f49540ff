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
    readReply(frame)
  }
}

private func readRequest(_ frame: Frame) {
  let header = frame.header
  _ = try? MessageType(requestOf: header)
  _ = try? Ping(header)
  check(Cancel.self, frame)
  check(StatsRequest.self, frame)
  check(MetadataRequest.self, frame)
  check(HealthProbe.self, frame)
  check(Hello.self, frame)
  _ = try? (try? frame.decoded(as: Hello.self))?.chosenVersion()
  guard let predict = try? Predict(header), predict.pixelType == .float32 else { return }
  frame.payload.withUnsafeBytes { payload in
    for image in 0..<predict.imageCount {
      _ = isValidFloat32Image(payload.baseAddress! + image * predict.pixelType.imageByteCount)
    }
  }
}

private func readReply(_ frame: Frame) {
  check(Welcome.self, frame)
  check(MetadataReply.self, frame)
  check(ModelsChanged.self, frame)
  check(StatsReply.self, frame)
  check(HealthReply.self, frame)
  check(GoAway.self, frame)
  // Its text may be repaired, or cut.
  _ = try? frame.decoded(as: ErrorMessage.self).frame()
  try? readRecords(frame)
}

private func readRecords(_ frame: Frame) throws {
  try frame.withRecords { records in
    for image in 0..<records.imageCount {
      _ = records.topOne(of: image)
      for label in 0..<(records.classCount ?? 0) {
        _ = records.probability(of: label, image: image)
      }
    }
  }
}

/// What a frame is decoded to is encoded to a frame of the same meaning.
private func check<Checked: WholeMessage>(_ type: Checked.Type, _ frame: Frame) {
  guard let message = try? frame.decoded(as: type) else { return }
  let stream = decode(message.frame(id: frame.header.requestID))
  precondition(stream.isComplete && stream.frames.count == 1, "no frame was written")
  let again = try? stream.frames[0].decoded(as: type)
  precondition(again == message, "decoded to another message when encoded again")
}
