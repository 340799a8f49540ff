import COpenSSL
import EventLoop

/// The records of one session in memory, as OpenSSL reads and writes them: a `BIO` without a
/// socket.
///
///     stream's read buffer ─► lent ─► SSL_read
///                              └ what is left when the buffer is taken back ─► kept ─► SSL_read
///     stream's output ◄─────────────── SSL_write
final class TLSWire {
  /// Where records go during a call of the stage.
  var outgoing: OutputBuffer?
  private var lent = UnsafeRawBufferPointer(start: nil, count: 0)
  /// Comes before what is lent.
  private let kept = OutputBuffer()

  /// Owned by the session that it is given to.
  func makeBIO() -> OpaquePointer {
    let bio = BIO_new(wireMethod)!
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
    return bio
  }

  func lend(_ bytes: UnsafeRawBufferPointer) {
    precondition(lent.isEmpty, "expected keepLent between two reads")
    lent = bytes
  }

  func keepLent() {
    if !lent.isEmpty { kept.append(lent) }
    lent = UnsafeRawBufferPointer(start: nil, count: 0)
  }

  var hasInput: Bool { !kept.isEmpty || !lent.isEmpty }

  /// The beginning of what has not been read.
  var input: UnsafeRawBufferPointer { kept.isEmpty ? lent : kept.unsent }

  /// - Returns: how many bytes it gave; 0 where there are none.
  fileprivate func read(into memory: UnsafeMutableRawBufferPointer) -> Int {
    if kept.isEmpty { return take(from: &lent, into: memory) }
    var bytes = kept.unsent
    let count = take(from: &bytes, into: memory)
    kept.removeFirst(count)
    if kept.isEmpty { kept.releaseMemory() }
    return count
  }

  private func take(
    from bytes: inout UnsafeRawBufferPointer, into memory: UnsafeMutableRawBufferPointer
  ) -> Int {
    let count = min(bytes.count, memory.count)
    memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    bytes = UnsafeRawBufferPointer(rebasing: bytes[count...])
    return count
  }

  fileprivate static func of(_ bio: OpaquePointer?) -> TLSWire {
    Unmanaged<TLSWire>.fromOpaque(BIO_get_data(bio)).takeUnretainedValue()
  }
}

/// Made once and never freed.
private nonisolated(unsafe) let wireMethod: OpaquePointer = {
  let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream")!
  BIO_meth_set_read_ex(method, wireReads)
  BIO_meth_set_write_ex(method, wireWrites)
  BIO_meth_set_ctrl(method, wireControls)
  return method
}()

private func wireReads(
  _ bio: OpaquePointer?, _ bytes: UnsafeMutablePointer<CChar>?, _ capacity: Int,
  _ count: UnsafeMutablePointer<Int>?
) -> CInt {
  BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
  count!.pointee = TLSWire.of(bio).read(
    into: UnsafeMutableRawBufferPointer(start: bytes, count: capacity))
  guard count!.pointee == 0 else { return 1 }
  // More may come: whether the peer has ended is the stage's to judge.
  BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
  return 0
}

private func wireWrites(
  _ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ count: Int,
  _ written: UnsafeMutablePointer<Int>?
) -> CInt {
  TLSWire.of(bio).outgoing!.append(UnsafeRawBufferPointer(start: bytes, count: count))
  written!.pointee = count
  return 1
}

/// Everything is flushed as soon as it is written; OpenSSL asks for nothing else.
private func wireControls(
  _ bio: OpaquePointer?, _ command: CInt, _ number: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
  command == BIO_CTRL_FLUSH ? 1 : 0
}
