import DigitWire
import ProtocolFixtures
import Testing

@Suite struct ValidVectorTests {
  static let frames = ProtocolFiles.valid.flatMap(\.frames)

  @Test(arguments: frames)
  func `a frame is decoded to its meaning`(vector: ValidFrame) throws {
    let frame = try wholeFrame(vector)
    guard let message = try message(frame, vector) else {
      #expect(vector.meaning["skipped"] == .boolean(true), "skipped, though it has a meaning")
      return
    }
    var fields = message.fields
    fields["type"] = .string(MessageType(rawValue: frame.header.type)!.name)
    fields["request_id"] = .whole(frame.header.requestID)
    fields["flags"] = .whole(frame.header.flags.rawValue)
    #expect(JSONValue.object(fields) == vector.comparableMeaning)
    if case .streamed(let predict as Predict, let pixels) = message {
      let isSame = pixels == vector.pixels(as: predict.pixelType)
      #expect(isSame, "the pixels are others")
    }
  }

  @Test(arguments: frames.filter(\.isCanonical))
  func `a message is encoded to the bytes it was decoded from`(vector: ValidFrame) throws {
    let frame = try wholeFrame(vector)
    let message = try #require(try message(frame, vector))
    let isSame = message.encoded(id: frame.header.requestID) == vector.bytes
    #expect(isSame, "encoded to other bytes")
  }

  @Test(arguments: ProtocolFiles.valid)
  func `a stream cut in two at any offset holds the same frames`(vector: ValidVector) {
    let bytes = vector.bytes
    let whole = decode(bytes)
    #expect(whole.isComplete)
    #expect(whole.frames.count == vector.frames.count)
    #expect(zip(whole.frames, vector.frames).allSatisfy { $0.byteCount == $1.bytes.count })
    for cut in cuts(of: bytes.count) where decode(bytes, cutAt: [cut]) != whole {
      Issue.record("other frames when cut at \(cut)")
      return
    }
  }

  @Test(arguments: ProtocolFiles.valid)
  func `a stream that comes byte by byte holds the same frames`(vector: ValidVector) {
    let isSame = decode(vector.bytes, cutAt: 1..<vector.bytes.count) == decode(vector.bytes)
    #expect(isSame)
  }

  @Test(arguments: ProtocolFiles.valid)
  func `a stream that ends early is not between frames`(vector: ValidVector) {
    let ends = vector.frames.reduce(into: [0]) { $0.append($0.last! + $1.bytes.count) }
    let bytes = vector.bytes
    for cut in cuts(of: bytes.count) {
      let isComplete = decode([UInt8](bytes[..<cut])).isComplete
      #expect(isComplete == ends.contains(cut), "at \(cut)")
    }
  }

  /// Every offset of a short stream; of a long one those near its ends, and some between.
  private func cuts(of byteCount: Int) -> [Int] {
    let edge = 4_096
    guard byteCount > 2 * edge else { return Array(1..<byteCount) }
    let between = stride(from: edge, to: byteCount - edge, by: 49_999)
    return Array(1..<edge) + between + Array((byteCount - 64)..<byteCount)
  }

  private func wholeFrame(_ vector: ValidFrame) throws -> Frame {
    let decoded = decode(vector.bytes)
    #expect(decoded.isComplete)
    return try #require(decoded.frames.count == 1 ? decoded.frames[0] : nil)
  }

  private func message(_ frame: Frame, _ vector: ValidFrame) throws -> AnyMessage? {
    vector.isToServer
      ? try AnyMessage.request(frame, imagesPerRequestMax: 256) : try AnyMessage.reply(frame)
  }
}

extension Frame {
  fileprivate var byteCount: Int { header.frameByteCount }
}

extension ValidFrame {
  /// The meaning with bytes written out, and without PREDICT's images.
  fileprivate var comparableMeaning: JSONValue {
    var members = meaning.object!
    members["images"] = nil
    for key in ["token", "echo"] {
      if let text = members[key]?.string { members[key] = .bytes(expanded(text)) }
    }
    return .object(members)
  }

  /// PREDICT's payload, from the pixels that the vector lists.
  fileprivate func pixels(as type: PixelType) -> [UInt8] {
    meaning["images"]!.array!.flatMap { image in
      let pixels = image.array!.flatMap { pixel -> [UInt8] in
        switch type {
        case .uint8: [UInt8(pixel.integer!)]
        case .float32:
          (0..<4).map { UInt8(truncatingIfNeeded: pixel.float!.bitPattern >> ($0 * 8)) }
        }
      }
      let times = ProtocolLimits.pixelsPerImage / image.array!.count
      return (0..<times).flatMap { _ in pixels }
    }
  }
}
