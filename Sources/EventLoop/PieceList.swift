import CUV

/// Bytes that lie in several memory regions, for one write that does not copy them together.
///
///     pieces    | header | lent pixels            | header | lent pixels   |
///               └───┬────┘                        └───┬────┘
///     scratch   |   1    |   2    |  free             |
///
/// One list serves every stream of a loop: `ByteStream.write(_:)` leaves it empty.
package final class PieceList {
  private let buffers: UnsafeMutableBufferPointer<uv_buf_t>
  private let scratch: UnsafeMutableRawBufferPointer
  private var scratchCount = 0
  package private(set) var count = 0

  /// What one system call takes (`IOV_MAX`).
  package static let pieceCountMax = 1_024

  /// - Parameter scratchByteCount: for the pieces that are written here rather than lent.
  package init(scratchByteCount: Int) {
    buffers = .allocate(capacity: Self.pieceCountMax)
    scratch = .allocate(byteCount: scratchByteCount, alignment: 16)
  }

  deinit {
    buffers.deallocate()
    scratch.deallocate()
  }

  /// Whether a piece of `byteCount` bytes and a lent one still have room.
  package func hasRoom(forScratch byteCount: Int) -> Bool {
    count + 2 <= Self.pieceCountMax && scratchCount + byteCount <= scratch.count
  }

  /// Adds a piece of `byteCount` bytes, which `body` must fill.
  @inline(__always)
  package func append(_ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
    let range = scratchCount..<(scratchCount + byteCount)
    let piece = UnsafeMutableRawBufferPointer(rebasing: scratch[range])
    body(piece)
    scratchCount += byteCount
    append(lent: UnsafeRawBufferPointer(piece))
  }

  /// Adds a piece that must stay where it is until the list has been written.
  package func append(lent bytes: UnsafeRawBufferPointer) {
    buffers[count] = uv_buf_t(bytes)
    count += 1
  }

  func removeAll() {
    count = 0
    scratchCount = 0
  }

  /// What `uv_try_write` takes.
  var start: UnsafePointer<uv_buf_t> { UnsafePointer(buffers.baseAddress!) }

  /// Calls `body` with what lies behind the first `skipped` bytes.
  func forEach(after skipped: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    var skipped = skipped
    for buffer in buffers[..<count] {
      let here = min(skipped, buffer.len)
      skipped -= here
      guard here < buffer.len else { continue }
      body(UnsafeRawBufferPointer(start: buffer.base + here, count: buffer.len - here))
    }
  }
}
