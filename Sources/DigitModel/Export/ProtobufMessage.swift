/// The bytes of a protocol-buffers message, field by field: as much of the encoding as ONNX files
/// need (https://protobuf.dev/programming-guides/encoding/).
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case varint = 0
    case lengthDelimited = 2
    case fixed32 = 5
  }

  mutating func add(_ field: UInt64, _ value: Int) {
    tag(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func add(_ field: UInt64, _ value: Float) {
    tag(field, .fixed32)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func add(_ field: UInt64, _ text: String) { add(field, bytes: Array(text.utf8)) }

  mutating func add(_ field: UInt64, _ message: ProtobufMessage) {
    add(field, bytes: message.bytes)
  }

  mutating func add(_ field: UInt64, bytes content: [UInt8]) {
    tag(field, .lengthDelimited)
    varint(UInt64(content.count))
    bytes += content
  }

  /// A repeated field of integers, in one piece.
  mutating func add(_ field: UInt64, packed values: [Int]) {
    var packed = ProtobufMessage()
    for value in values { packed.varint(UInt64(bitPattern: Int64(value))) }
    add(field, packed)
  }

  private mutating func tag(_ field: UInt64, _ type: WireType) {
    varint(field << 3 | type.rawValue)
  }

  /// Seven bits a byte, the low ones first; the eighth says that more follow.
  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
