import DigitWire

extension WholeMessage {
  /// The whole frame as DigitWire writes it.
  package func frame(id: UInt64 = 0) -> [UInt8] {
    written(encodedByteCount) { encode(requestID: id, into: $0) }
  }
}

extension Message {
  /// The whole frame with the payload that its sender adds.
  package func frame(id: UInt64 = 0, payload: [UInt8]) -> [UInt8] {
    precondition(payload.count == payloadByteCount, "a payload of another length")
    return written(encodedByteCount) { bytes in
      encode(requestID: id, into: bytes) { $0.copyBytes(from: payload) }
    }
  }
}

extension PredictResult {
  /// The payload of a top-1 RESULT.
  package func payload(_ tops: [TopOne]) -> [UInt8] {
    payload { records in for top in tops { records.append(top) } }
  }

  /// The payload of a RESULT about images with these probabilities.
  package func payload(_ probabilities: [[Float]]) -> [UInt8] {
    payload { records in
      for row in probabilities { row.withUnsafeBufferPointer { records.append($0) } }
    }
  }

  private func payload(_ write: (inout RecordWriter) -> Void) -> [UInt8] {
    let frame = written(encodedByteCount) { encode(requestID: 1, into: $0, records: write) }
    return Array(frame[FrameHeader.byteCount...])
  }
}

extension Frame {
  /// - Throws: the message's `Fault`.
  package func decoded<Decoded: Message>(as _: Decoded.Type) throws -> Decoded {
    try payload.withUnsafeBytes { try Decoded(header, payload: $0) }
  }

  /// The records of a RESULT.
  package func withRecords<Value>(
    _ body: (PredictResult.Records) throws -> Value
  ) throws -> Value {
    let result = try PredictResult(header)
    return try payload.withUnsafeBytes { try body(result.records($0)) }
  }
}

package func bytes(of header: FrameHeader) -> [UInt8] {
  written(FrameHeader.byteCount) { header.encode(into: $0) }
}

/// What `encode` writes. All bytes are set before, so that one it leaves out is seen.
private func written(
  _ byteCount: Int, _ encode: (UnsafeMutableRawBufferPointer) -> Void
) -> [UInt8] {
  var bytes = [UInt8](repeating: 0xEE, count: byteCount)
  bytes.withUnsafeMutableBytes { encode($0) }
  return bytes
}
