import CUV

extension uv_buf_t {
  init(_ bytes: UnsafeRawBufferPointer) {
    let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress!)
    self.init(base: base.assumingMemoryBound(to: CChar.self), len: bytes.count)
  }
}

extension ByteStream {
  /// The stream whose handle this is.
  static func of(_ handle: UnsafeMutablePointer<uv_stream_t>?) -> ByteStream {
    Unmanaged<ByteStream>.fromOpaque(handle!.pointee.data).takeUnretainedValue()
  }
}

func streamAllocates(
  _ handle: UnsafeMutablePointer<uv_handle_t>?, _ size: Int,
  _ buffer: UnsafeMutablePointer<uv_buf_t>?
) {
  let stream = Unmanaged<ByteStream>.fromOpaque(handle!.pointee.data).takeUnretainedValue()
  // Without a buffer nothing is read, and `streamReads` is told so.
  guard stream.loop.mayRead(&stream.lastReadRound) else {
    buffer!.pointee = uv_buf_t(base: nil, len: 0)
    return
  }
  let lent = stream.loop.readBuffer[..<stream.readLength.byteCount]
  buffer!.pointee = uv_buf_t(UnsafeRawBufferPointer(rebasing: lent))
}

func streamReads(
  _ handle: UnsafeMutablePointer<uv_stream_t>?, _ count: Int, _ buffer: UnsafePointer<uv_buf_t>?
) {
  // The loop had no time for it. The system tells of it again in the next turn; to stop reading
  // until then would be two system calls for each stream that waits.
  guard count != Int(UV_ENOBUFS.rawValue) else { return }
  ByteStream.of(handle).didRead(count)
}

func streamWrote(_ request: UnsafeMutablePointer<uv_write_t>?, _ status: CInt) {
  ByteStream.of(request!.pointee.handle).didWrite(status)
}

func streamShutDown(_ request: UnsafeMutablePointer<uv_shutdown_t>?, _ status: CInt) {}

func streamCloses(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
  let stream = Unmanaged<ByteStream>.fromOpaque(handle!.pointee.data).takeRetainedValue()
  stream.didClose()
}
