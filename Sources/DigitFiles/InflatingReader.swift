import CZlib

/// Gives out the content of a file piece by piece, inflating it if it is gzip.
///
/// Memory is taken for what the caller asks, never for what the file claims.
final class InflatingReader {
  private static let gzipMagic: [UInt8] = [0x1f, 0x8b]

  private let file: String
  private let stored: [UInt8]
  private var offset = 0
  /// zlib keeps the address of its stream, so it lives apart; nil for plain files.
  private let stream: UnsafeMutablePointer<z_stream>?
  private var hasEnded = false
  /// How many bytes have been given out.
  private(set) var byteCount = 0

  init(file: String, bytes: [UInt8]) throws(DataFileError) {
    self.file = file
    stored = bytes
    guard bytes.starts(with: Self.gzipMagic) else {
      stream = nil
      return
    }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    self.stream = stream
    let gzipOnly = 16 + MAX_WBITS
    let status = inflateInit2_(
      stream, gzipOnly, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw failure(status) }
  }

  deinit {
    guard let stream else { return }
    inflateEnd(stream)
    stream.deallocate()
  }

  /// The next bytes: `count` of them, or fewer where the content ends.
  func next(_ count: Int) throws(DataFileError) -> [UInt8] {
    let bytes = stream == nil ? nextStored(count) : try nextInflated(count)
    byteCount += bytes.count
    return bytes
  }

  /// The error that the content ended at `byteCount` of the expected bytes.
  func truncated(expected: Int) -> DataFileError {
    DataFileError(file, .truncated(expectedByteCount: expected, byteCount: byteCount))
  }

  private func nextStored(_ count: Int) -> [UInt8] {
    let bytes = Array(stored[offset...].prefix(count))
    offset += bytes.count
    return bytes
  }

  private func nextInflated(_ count: Int) throws(DataFileError) -> [UInt8] {
    var status = Z_OK
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count, !hasEnded, status == Z_OK {
        let rest = UnsafeMutableBufferPointer(rebasing: buffer[filled...])
        filled += inflateSome(into: rest, status: &status)
      }
    }
    guard status == Z_OK else { throw failure(status) }
    return bytes
  }

  /// One call of `inflate`. Sets `hasEnded` where the stream has ended, and `status` where it
  /// is damaged: a stream that stops early, or that anything but another member follows, is too.
  private func inflateSome(
    into buffer: UnsafeMutableBufferPointer<UInt8>, status: inout Int32
  ) -> Int {
    guard let stream else { return 0 }
    return stored.withUnsafeBufferPointer { source in
      let available = source.count - offset
      stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress! + offset)
      stream.pointee.avail_in = UInt32(available)
      stream.pointee.next_out = buffer.baseAddress
      stream.pointee.avail_out = UInt32(buffer.count)
      let result = inflate(stream, Z_NO_FLUSH)
      offset += available - Int(stream.pointee.avail_in)
      if result == Z_STREAM_END {
        status = endMember(stream, source[offset...])
      } else {
        status = result
      }
      return buffer.count - Int(stream.pointee.avail_out)
    }
  }

  /// Goes on with the next member, where there is one: a gzip file may be several that were joined
  /// (RFC 1952, section 2.2).
  private func endMember(
    _ stream: UnsafeMutablePointer<z_stream>, _ rest: Slice<UnsafeBufferPointer<UInt8>>
  ) -> Int32 {
    if rest.starts(with: Self.gzipMagic) { return inflateReset(stream) }
    hasEnded = true
    return rest.isEmpty ? Z_OK : Z_DATA_ERROR
  }

  private func failure(_ status: Int32) -> DataFileError {
    if status == Z_BUF_ERROR { return DataFileError(file, .damagedGzip(reason: "it stops early")) }
    if hasEnded {
      return DataFileError(file, .damagedGzip(reason: "bytes follow the compressed content"))
    }
    let reason = stream?.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)"
    return DataFileError(file, .damagedGzip(reason: reason))
  }
}
