import DigitWire
import ProtocolFixtures
import Testing

/// What no vector can show.
@Suite struct MessageTests {
  @Test(arguments: [510, 511, 512, 513, 600])
  func `a long message of ERROR is cut between characters`(byteCount: Int) throws {
    // Three bytes each, so that 512 lies within one.
    let message = String(repeating: "€", count: byteCount / 3)
    let error = ErrorMessage(Refusal(.internal, message))
    let frame = try #require(decode(error.frame(id: 1)).frames.first)
    let text = try #require(String(validating: frame.payload, as: UTF8.self))
    #expect(text == message.prefix(170))
  }

  @Test func `a message of one endless character is cut as well`() {
    // One grapheme of 601 bytes.
    let message = "e" + String(repeating: "\u{301}", count: 300)
    let error = ErrorMessage(Refusal(.internal, message))
    #expect(error.encodedByteCount <= FrameHeader.byteCount + ErrorMessage.messageByteCountMax)
  }

  @Test(arguments: [
    ([0.1, 0.7, 0.2], 1), ([0.5, 0.5], 0), ([0.2, 0.4, 0.4], 1), ([1], 0), ([0, 0, 1], 2),
  ])
  func `top-1 is the lowest class of the highest probability`(row: [Float], label: Int) {
    let top = row.withUnsafeBufferPointer { TopOne(of: $0) }
    #expect(top == TopOne(label: label, probability: row[label]))
    let result = PredictResult(
      modelVersion: 1, queueMicroseconds: 0, computeMicroseconds: 0, imageCount: 2,
      returns: .probabilities, classCount: row.count)
    let other = row.map { 1 - $0 }
    result.payload([other, row]).withUnsafeBytes {
      #expect(result.records($0).topOne(of: 1) == top)
    }
  }

  @Test(arguments: [1, 64, 256, 65_535])
  func `no server announces less than a client may send before WELCOME`(images: Int) {
    let limits = ConnectionLimits(imagesPerRequestMax: images)
    #expect(limits.payloadByteCountMax >= 200_704)
    #expect(limits.payloadByteCountMax >= images * PixelType.float32.imageByteCount)
  }

  @Test func `a limit that is set between two frames holds for the second`() throws {
    let hello = bytes(of: FrameHeader(.hello))
    let large = bytes(of: FrameHeader(.predict, requestID: 1, payloadByteCount: 2_000))
    var decoder = FrameDecoder(payloadByteCountMax: 1_024)
    try lend(hello + large) { (bytes) throws(FramingError) in
      var input = bytes
      _ = try decoder.next(&input)
      decoder.payloadByteCountMax = 2_000
      guard case .header(let header) = try decoder.next(&input) else {
        Issue.record("no second header")
        return
      }
      #expect(header.payloadByteCount == 2_000)
    }
  }

  @Test func `a payload of one read is lent, not copied`() {
    var collector = PayloadCollector()
    let payload: [UInt8] = [1, 2, 3]
    payload.withUnsafeBytes { bytes in
      let lent = collector.add(bytes, remaining: 0) { $0.baseAddress }
      #expect(lent == bytes.baseAddress)
    }
  }

  @Test func `a payload is whole again after one that was cut`() {
    var collector = PayloadCollector()
    func add(_ bytes: [UInt8], remaining: Int) -> [UInt8]? {
      bytes.withUnsafeBytes { collector.add($0, remaining: remaining) { [UInt8]($0) } }
    }
    #expect(add([1], remaining: 2) == nil)
    #expect(add([2], remaining: 1) == nil)
    #expect(add([3], remaining: 0) == [1, 2, 3])
    #expect(add([4], remaining: 1) == nil)
    #expect(add([5], remaining: 0) == [4, 5])
  }
}
