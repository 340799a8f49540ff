import DigitWire
import ProtocolFixtures
import Testing

@Suite struct MalformedVectorTests {
  static let toServers = ProtocolFiles.malformed.filter { $0.isToServer && $0.judge == "frame" }
  static let toClients = ProtocolFiles.malformed.filter { !$0.isToServer }

  @Test(arguments: toServers)
  func `a malformed request is refused by the code of the specification`(
    vector: MalformedVector
  ) throws {
    let refusal = try #require(vector.refusalOfLastFrame)
    let error = ErrorMessage(refusal)
    #expect(error.code.description == vector.expected["name"]?.string)
    #expect(UInt64(error.code.rawValue) == vector.expected["code"]?.integer)
    #expect(.boolean(error.closes) == vector.expected["closes"])
    #expect(error.image.map(UInt64.init) == vector.expected["image"]?.integer)
    #expect(error.encodedByteCount > FrameHeader.byteCount, "a refusal says why")
  }

  @Test(arguments: toClients)
  func `a malformed reply is not taken`(vector: MalformedVector) {
    let decoded = decode(vector.stream[0])
    guard decoded.error == nil else { return }
    #expect(decoded.isComplete)
    for frame in decoded.frames {
      #expect(throws: PayloadError.self) { try AnyMessage.reply(frame) }
    }
  }

  @Test(arguments: ProtocolFiles.malformed.filter { $0.stream.count > 1 })
  func `what comes before the refused frame is well formed`(vector: MalformedVector) throws {
    for bytes in vector.stream.dropLast() {
      let decoded = decode(bytes, payloadByteCountMax: vector.limits.payloadByteCountMax)
      #expect(decoded.isComplete)
      for frame in decoded.frames {
        _ = try AnyMessage.request(frame, imagesPerRequestMax: vector.limits.imagesPerRequestMax)
      }
    }
  }
}

extension MalformedVector {
  fileprivate var limits: ConnectionLimits {
    ConnectionLimits(imagesPerRequestMax: setup?["images_max"]?.integer.map { Int($0) } ?? 256)
  }

  /// What DigitWire alone finds wrong with the last frame; nil where it finds nothing.
  fileprivate var refusalOfLastFrame: Refusal? {
    let isGreeted = stream.count > 1
    let limit =
      isGreeted ? limits.payloadByteCountMax : ProtocolLimits.payloadByteCountMaxBeforeWelcome
    let decoded = decode(stream.last!, payloadByteCountMax: limit)
    if let error = decoded.error { return error.refusal }
    guard let frame = decoded.frames.first else { return nil }
    do throws(Refusal) {
      if frame.header.type == MessageType.hello.rawValue, !isGreeted {
        // A first HELLO is judged by a code of its own, whatever is wrong with it.
        _ = try AnyMessage.hello(frame).chosenVersion()
      } else {
        _ = try AnyMessage.request(frame, imagesPerRequestMax: limits.imagesPerRequestMax)
      }
    } catch {
      return error
    }
    return nil
  }
}
