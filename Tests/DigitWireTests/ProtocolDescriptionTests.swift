import DigitWire
import ProtocolFixtures
import Testing

/// `protocol.json` says what the code says.
@Suite struct ProtocolDescriptionTests {
  let description = ProtocolFiles.description

  @Test func `message types are those of protocol json`() {
    let described = description.members("messages", key: "name", value: "type")
    let types = MessageType.allCases.map { ($0.name, UInt64($0.rawValue)) }
    #expect(Dictionary(uniqueKeysWithValues: types) == described)
    let ignorable = description["ignorable_types"]!
    #expect(UInt64(MessageType.ignorable.lowerBound) == ignorable["first"]?.integer)
    #expect(UInt64(MessageType.ignorable.upperBound) == ignorable["last"]?.integer)
  }

  @Test func `error codes and what is said of them are those of protocol json`() {
    let errors: [JSONValue] = ErrorCode.allKnown.map { code in
      let traits = code.traits!
      let processed = ErrorMessage(Refusal(code, "")).processed
      return [
        "code": .whole(code.rawValue), "name": .string(traits.name),
        "class": .string("\(traits.fault)"), "retryable": .boolean(traits.isRetryable),
        "closes": .boolean(traits.closes), "processed": .string("\(processed)"),
      ]
    }
    #expect(description["errors"] == .array(errors))
  }

  @Test(arguments: [
    ("pixel_type", named { PixelType(rawValue: $0) }, ["u8": "uint8", "f32": "float32"]),
    ("return_kind", named { ReturnKind(rawValue: $0) }, ["top1": "topOne"]),
    ("precision", named { Precision(rawValue: $0) }, [:]),
    ("statistic_kind", named { StatsReply.Entry.Kind(rawValue: $0) }, [:]),
    ("probe", named { HealthProbe(rawValue: $0) }, [:]),
    (
      "goaway_reason", named { GoAway.Reason(rawValue: UInt16($0)) }, ["age": "maximumAge"]
    ),
    ("reload_outcome", named { ReloadReply.Outcome(rawValue: $0) }, [:]),
    ("error_class", named { ErrorCode.Fault(rawValue: $0) }, [:]),
    ("processed", named { ErrorMessage.Processed(rawValue: $0) }, [:]),
  ])
  func `enumerations are those of protocol json`(
    name: String, cases: [String: UInt64], ourNames: [String: String]
  ) {
    let described = description["enums"]![name]!.object!.map { name, value in
      (ourNames[name] ?? name, value.integer!)
    }
    #expect(cases == Dictionary(uniqueKeysWithValues: described))
  }

  @Test(arguments: [
    ("hello_payload_bytes", ProtocolLimits.payloadByteCountMaxBeforeWelcome),
    ("token_bytes", ProtocolLimits.tokenByteCountMax),
    ("ping_payload_bytes", ProtocolLimits.pingByteCountMax),
    ("error_message_bytes", ErrorMessage.messageByteCountMax),
    ("before_welcome_payload_bytes", ProtocolLimits.pipelinedPayloadByteCountMax),
    ("before_welcome_images", ProtocolLimits.imagesPerRequestBeforeWelcome),
    ("model_name_bytes", ProtocolLimits.modelNameByteCountMax),
    ("default_payload_bytes", ConnectionLimits().payloadByteCountMax),
    ("default_images", ConnectionLimits().imagesPerRequestMax),
    ("default_requests_in_flight", ConnectionLimits().requestsInFlightMax),
  ])
  func `limits are those of protocol json`(name: String, ours: Int) {
    #expect(description["limits"]![name] == .whole(ours))
  }

  @Test func `header, magic, flags and features are those of protocol json`() {
    let header = description["header"]!
    #expect(header["size"] == .whole(FrameHeader.byteCount))
    #expect(header["mark"] == .whole(FrameHeader.mark))
    #expect(description["version"] == .whole(ProtocolLimits.version))
    #expect(description["magic"]!["value"] == .whole(ProtocolLimits.magic))
    let flags = description["flags"]!["defined"]!.array!
    #expect(
      flags == [["name": "raw", "value": .whole(Flags.raw.rawValue), "message": "PREDICT"]])
    let features = description["features"]!.array!
    #expect(
      features == [
        ["name": "announcements", "value": .whole(Features.announcements.rawValue)],
        ["name": "model_statistics", "value": .whole(Features.modelStatistics.rawValue)],
      ])
    #expect(Features.known == [.announcements, .modelStatistics])
    #expect(description["image"]!["pixels"] == .whole(ProtocolLimits.pixelsPerImage))
  }

  @Test func `header fields lie where protocol json puts them`() {
    var header = FrameHeader(.ping, requestID: 0x0807_0605_0403_0201, payloadByteCount: 0xFF_AA55)
    header.flags = Flags(rawValue: 0x1234)
    var bytes = [UInt8](repeating: 0, count: FrameHeader.byteCount)
    bytes.withUnsafeMutableBytes { header.encode(into: $0) }
    let expected: [String: UInt64] = [
      "length": 0xFF_AA55, "type": UInt64(MessageType.ping.rawValue),
      "mark": UInt64(FrameHeader.mark), "flags": 0x1234, "request_id": 0x0807_0605_0403_0201,
    ]
    let sizes = ["u8": 1, "u16": 2, "u32": 4, "u64": 8]
    for field in description["header"]!["fields"]!.array! {
      guard let size = sizes[field["type"]!.string!] else { continue }
      let offset = Int(field["offset"]!.integer!)
      let value = bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
      #expect(value == expected[field["name"]!.string!], "\(field["name"]!)")
    }
  }
}

/// The cases of an enumeration of up to 256 values, by name.
private func named<Case>(_ make: (UInt8) -> Case?) -> [String: UInt64] {
  let cases = (UInt8.min...UInt8.max).compactMap { value in
    make(value).map { ("\($0)", UInt64(value)) }
  }
  return Dictionary(uniqueKeysWithValues: cases)
}

extension JSONValue {
  /// One member of each object of an array, by another.
  fileprivate func members(_ name: String, key: String, value: String) -> [String: UInt64] {
    let pairs = self[name]!.array!.map { ($0[key]!.string!, $0[value]!.integer!) }
    return Dictionary(uniqueKeysWithValues: pairs)
  }
}
