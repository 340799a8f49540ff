/// Reads little-endian fields from the front of a payload; every read is checked.
struct ByteReader {
  private var bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var remaining: Int { bytes.count }

  mutating func take(_ count: Int) throws(PayloadError) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= bytes.count else { throw .tooShort }
    return bytes.takeFirst(count)
  }

  mutating func integer<Value: FixedWidthInteger>(
    _ type: Value.Type = Value.self
  ) throws(PayloadError) -> Value {
    Value(littleEndian: try take(MemoryLayout<Value>.size).loadUnaligned(as: Value.self))
  }

  mutating func float() throws(PayloadError) -> Float {
    Float(bitPattern: try integer(UInt32.self))
  }

  mutating func text(byteCount: Int) throws(PayloadError) -> String {
    let bytes = try take(byteCount)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
    return text
  }
}

/// A malformed payload.
public enum PayloadError: Error, Equatable, Sendable {
  case tooShort
  case trailingBytes
  case notUTF8
  /// A field has a value that the protocol does not give it.
  case badField
  /// Two models of a list have one handle.
  case repeatedHandle
}

extension PayloadError: CustomStringConvertible {
  /// What is wrong, to follow a colon.
  public var description: String {
    switch self {
    case .tooShort: "its payload is too short"
    case .trailingBytes: "bytes are left over at its end"
    case .notUTF8: "a text in it is not UTF-8"
    case .badField: "a field has a value that the protocol does not define"
    case .repeatedHandle: "two models have one handle"
    }
  }
}

/// Writes little-endian fields one after another into memory that is known to be large enough.
struct ByteWriter {
  private let bytes: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

  mutating func write<Value: FixedWidthInteger>(_ value: Value) {
    precondition(count + MemoryLayout<Value>.size <= bytes.count)
    bytes.storeBytes(of: value.littleEndian, toByteOffset: count, as: Value.self)
    count += MemoryLayout<Value>.size
  }

  mutating func write(_ value: Float) { write(value.bitPattern) }

  mutating func write(_ text: String.UTF8View) {
    for byte in text { write(byte) }
  }

  mutating func writeZeros(_ zeros: Int) {
    for _ in 0..<zeros { write(UInt8(0)) }
  }
}
