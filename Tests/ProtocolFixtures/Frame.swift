import DigitWire

/// A whole frame, as a receiver has it once every piece of its payload has come.
package struct Frame: Equatable {
  package let header: FrameHeader
  package let payload: [UInt8]
}

/// What a stream of bytes was decoded to, up to where framing was lost.
package struct DecodedStream: Equatable {
  package var frames: [Frame] = []
  package var error: FramingError?
  /// Whether the bytes end where a frame ends, as no bytes do.
  package var isComplete = true
}

/// Feeds the reads of a stream to a `FrameDecoder` and puts its frames together.
package struct StreamReader {
  package private(set) var result = DecodedStream()
  private var decoder: FrameDecoder
  private var collector = PayloadCollector()
  private var header: FrameHeader?

  package init(payloadByteCountMax: Int = .max) {
    decoder = FrameDecoder(payloadByteCountMax: payloadByteCountMax)
  }

  package mutating func read(_ bytes: UnsafeRawBufferPointer) {
    guard result.error == nil else { return }
    var input = bytes
    do {
      while let element = try decoder.next(&input) { take(element) }
    } catch {
      result.error = error
    }
    result.isComplete = decoder.isBetweenFrames && result.error == nil
  }

  private mutating func take(_ element: FrameDecoder.Element) {
    switch element {
    case .header(let header):
      precondition(self.header == nil, "a header within a payload")
      if header.payloadByteCount == 0 {
        result.frames.append(Frame(header: header, payload: []))
      } else {
        self.header = header
      }
    case .payload(let piece, let remaining):
      precondition(!piece.isEmpty, "an empty piece")
      guard let payload = collector.add(piece, remaining: remaining, { [UInt8]($0) }) else {
        return
      }
      precondition(payload.count == header!.payloadByteCount, "a payload of another length")
      result.frames.append(Frame(header: header!, payload: payload))
      header = nil
    }
  }
}

/// The frames of `bytes`, read in pieces that end at `cuts`.
package func decode(
  _ bytes: [UInt8], cutAt cuts: some Sequence<Int> = EmptyCollection(),
  payloadByteCountMax: Int = .max
) -> DecodedStream {
  var reader = StreamReader(payloadByteCountMax: payloadByteCountMax)
  bytes.withUnsafeBytes { whole in
    var start = 0
    for end in cuts {
      reader.read(UnsafeRawBufferPointer(rebasing: whole[start..<end]))
      start = end
    }
    reader.read(UnsafeRawBufferPointer(rebasing: whole[start...]))
  }
  return reader.result
}
