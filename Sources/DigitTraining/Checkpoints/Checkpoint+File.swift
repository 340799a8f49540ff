import DigitFiles
import Foundation

// A checkpoint as bytes, little-endian:
//
//     [magic: 8][header length: 8][header: JSON][the floats of all buffers][CRC-32: 4]
//
// The checksum is of all that stands before it.
extension Checkpoint {
  private static let magic = Array("digits\u{0}\u{1}".utf8)
  private static let sizeByteCount = 8
  private static let checksumByteCount = 4

  package func bytes() throws -> [UInt8] {
    let json = try JSONEncoder().encode(header)
    let floatCount = buffers.reduce(0) { $0 + $1.count }
    var bytes = Self.magic
    bytes.reserveCapacity(json.count + 4 * floatCount + 64)
    append(UInt64(json.count), to: &bytes)
    bytes += json
    for buffer in buffers {
      // The bits of a float in memory are little-endian on every machine that this runs on.
      buffer.withUnsafeBytes { bytes += $0 }
    }
    append(CRC32.checksum(of: bytes), to: &bytes)
    return bytes
  }

  package init(bytes: [UInt8]) throws(CheckpointError) {
    let start = Self.magic.count + Self.sizeByteCount
    guard bytes.count > start + Self.checksumByteCount, bytes.starts(with: Self.magic) else {
      throw .notACheckpoint
    }
    let end = bytes.count - Self.checksumByteCount
    guard number(bytes[end...]) == UInt64(CRC32.checksum(of: bytes[..<end])) else {
      throw .damaged
    }
    let length = number(bytes[Self.magic.count..<start])
    guard length <= UInt64(end - start) else { throw .damaged }
    let dataStart = start + Int(length)
    guard
      let header = try? JSONDecoder().decode(
        Header.self, from: Data(bytes[start..<dataStart])),
      header.counts.allSatisfy({ (0...end).contains($0) }),
      4 * header.counts.reduce(0, +) == end - dataStart
    else { throw .damaged }
    self.header = header
    buffers = []
    var offset = dataStart
    for count in header.counts {
      buffers.append(floats(bytes[offset..<offset + 4 * count]))
      offset += 4 * count
    }
  }
}

private func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
  withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
}

private func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
  bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}

private func floats(_ bytes: ArraySlice<UInt8>) -> [Float] {
  bytes.withUnsafeBytes { raw in
    (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
  }
}
