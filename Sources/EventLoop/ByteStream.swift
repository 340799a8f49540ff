import CUV
import Glibc

/// What happens on a stream, on the loop's thread.
package protocol ByteStreamDelegate: AnyObject {
  /// `bytes` lie in the loop's read buffer and are gone after the call.
  func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer)
  /// The peer will send no more; it may still be reading.
  func streamDidReachEnd(_ stream: ByteStream)
  /// Some of what was unsent has been sent.
  func streamDidSend(_ stream: ByteStream)
  /// The connection broke. Only `close` makes sense now.
  func stream(_ stream: ByteStream, didFail error: UVError)
  /// The last event: the descriptor is free again.
  func streamDidClose(_ stream: ByteStream)
}

/// A connected byte stream: TCP or a Unix socket.
///
/// Writing appends to `output`; the loop flushes at the end of the turn, first with a plain write
/// and, where the socket takes only a part, with a request for the rest.
package final class ByteStream {
  package let loop: Loop
  /// Held until the stream has closed.
  package var delegate: (any ByteStreamDelegate)?
  /// What is to be sent. Append through `write`.
  private var output = OutputBuffer()
  /// What a write request is sending; swapped with `output`.
  private var sending = OutputBuffer()

  let handle: UnsafeMutablePointer<uv_stream_t>
  private let writeRequest = UnsafeMutablePointer<uv_write_t>.allocate(capacity: 1)
  private let shutdownRequest = UnsafeMutablePointer<uv_shutdown_t>.allocate(capacity: 1)
  private var state = State.open
  private var wantsToRead = false
  /// Has had its share of this turn.
  private var hasYielded = false
  /// What libuv has been told.
  private var isReading = false
  private var turn: UInt64 = 0
  private var byteCountOfTurn = 0
  private var hasReachedEnd = false
  private var isFlushScheduled = false
  private var isWriteRequested = false

  private enum State {
    case open
    /// Sends what is unsent, then ends its sending side.
    case ending
    case ended
    case closing
  }

  /// A stream whose handle libuv still has to connect or accept.
  init(_ kind: Kind, loop: Loop) throws(UVError) {
    self.loop = loop
    handle = kind.allocateHandle()
    try UVError.check(kind.initialize(handle, on: loop))
    // Released when libuv has closed the handle.
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
  }

  deinit {
    handle.deallocate()
    writeRequest.deallocate()
    shutdownRequest.deallocate()
  }

  // MARK: Reading

  package func startReading() {
    wantsToRead = true
    updateReading()
  }

  package func stopReading() {
    wantsToRead = false
    updateReading()
  }

  /// Whether `startReading` was called after the last `stopReading`.
  package var isReadingWanted: Bool { wantsToRead }

  private func updateReading() {
    let shouldRead = wantsToRead && !hasYielded && !hasReachedEnd && state != .closing
    guard shouldRead != isReading else { return }
    if shouldRead {
      isReading = uv_read_start(handle, streamAllocates, streamReads) == 0
    } else {
      if state != .closing { uv_read_stop(handle) }
      isReading = false
    }
  }

  /// A peer that sends without end leaves room for the others: after its share of a turn it is
  /// read on in the next.
  private func yieldAfterShare(_ count: Int) {
    if turn != loop.turn { (turn, byteCountOfTurn) = (loop.turn, 0) }
    byteCountOfTurn += count
    guard byteCountOfTurn >= Loop.readShareByteCount, !hasYielded, isReading else { return }
    hasYielded = true
    updateReading()
    loop.readOnLater(self)
  }

  func readOn() {
    hasYielded = false
    updateReading()
  }

  // MARK: Writing

  /// Bytes that were written here and that the system has not taken yet.
  package var unsentByteCount: Int {
    output.count + (isWriteRequested ? uv_stream_get_write_queue_size(handle) : 0)
  }

  /// Lends `byteCount` bytes, which `body` must fill; they are sent at the end of the turn.
  ///
  /// On a stream that has ended or closed they go nowhere.
  @inline(__always)
  package func write(_ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
    output.append(byteCount, body)
    if !isFlushScheduled { scheduleFlush() }
  }

  package func write(_ bytes: UnsafeRawBufferPointer) {
    write(bytes.count) { $0.copyMemory(from: bytes) }
  }

  /// Sends at once what the system takes of `pieces`, without copying it, and copies only the rest,
  /// to be sent as by the other `write`. Empties the list.
  package func write(_ pieces: PieceList) {
    defer { pieces.removeAll() }
    var sent: CInt = 0
    if state == .open, output.isEmpty, !isWriteRequested {
      sent = uv_try_write(handle, pieces.start, UInt32(pieces.count))
    }
    guard sent >= 0 || UVError(code: sent).isWouldBlock else { return fail(sent) }
    pieces.forEach(after: Int(max(sent, 0))) { write($0) }
  }

  /// Sends what is unsent and then ends the sending side: the peer reads to its end.
  package func end() {
    guard state == .open else { return }
    state = .ending
    scheduleFlush()
  }

  /// Sends at once what the system takes at once, and closes.
  package func flushAndClose() {
    flush()
    close()
  }

  /// Closes now; what is unsent is lost. Safe to call twice.
  package func close() {
    guard state != .closing else { return }
    state = .closing
    isReading = false
    UnsafeMutableRawPointer(handle).withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
      uv_close($0, streamCloses)
    }
  }

  package var isClosing: Bool { state == .closing }

  /// Gives memory back that an empty buffer keeps for the next answer.
  package func releaseMemory() {
    if output.isEmpty { output.releaseMemory() }
    if !isWriteRequested { sending.releaseMemory() }
  }

  private func scheduleFlush() {
    guard !isFlushScheduled, state != .closing else { return }
    isFlushScheduled = true
    loop.flushLater(self)
  }

  func flush() {
    isFlushScheduled = false
    switch state {
    case .closing: return
    case .ended: output.removeAll()
    case .open, .ending:
      guard !isWriteRequested else { return }
      if !output.isEmpty { sendOutput() }
      if state == .ending, !isWriteRequested, output.isEmpty { shutDownSending() }
    }
  }

  private func sendOutput() {
    let bytes = output.unsent
    var buffer = uv_buf_t(bytes)
    let sent = uv_try_write(handle, &buffer, 1)
    if sent >= 0 {
      output.removeFirst(Int(sent))
    } else if !UVError(code: sent).isWouldBlock {
      output.removeAll()
      return fail(sent)
    }
    if output.isEmpty {
      delegate?.streamDidSend(self)
    } else {
      swap(&output, &sending)
      requestWrite()
    }
  }

  private func requestWrite() {
    var buffer = uv_buf_t(sending.unsent)
    isWriteRequested = true
    let status = uv_write(writeRequest, handle, &buffer, 1, streamWrote)
    guard status < 0 else { return }
    isWriteRequested = false
    fail(status)
  }

  private func shutDownSending() {
    state = .ended
    // Fails only where the connection is gone, which reading reports.
    uv_shutdown(shutdownRequest, handle, streamShutDown)
  }

  // MARK: Events

  fileprivate func didRead(_ count: Int) {
    if count > 0 {
      let bytes = UnsafeRawBufferPointer(rebasing: loop.readBuffer[..<count])
      delegate?.stream(self, didRead: bytes)
      yieldAfterShare(count)
    } else if count == Int(UVError.endOfFile) {
      hasReachedEnd = true
      updateReading()
      delegate?.streamDidReachEnd(self)
    } else if count < 0 {
      fail(CInt(count))
    }
  }

  fileprivate func didWrite(_ status: CInt) {
    isWriteRequested = false
    sending.removeAll()
    guard state != .closing else { return }
    guard status == 0 else { return fail(status) }
    delegate?.streamDidSend(self)
    flush()
  }

  private func fail(_ status: CInt) {
    stopReading()
    delegate?.stream(self, didFail: UVError(code: status))
  }

  fileprivate func didClose() {
    delegate?.streamDidClose(self)
    delegate = nil
  }
}

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

private func streamAllocates(
  _ handle: UnsafeMutablePointer<uv_handle_t>?, _ size: Int,
  _ buffer: UnsafeMutablePointer<uv_buf_t>?
) {
  let stream = Unmanaged<ByteStream>.fromOpaque(handle!.pointee.data).takeUnretainedValue()
  buffer!.pointee = uv_buf_t(UnsafeRawBufferPointer(stream.loop.readBuffer))
}

private func streamReads(
  _ handle: UnsafeMutablePointer<uv_stream_t>?, _ count: Int, _ buffer: UnsafePointer<uv_buf_t>?
) {
  ByteStream.of(handle).didRead(count)
}

private func streamWrote(_ request: UnsafeMutablePointer<uv_write_t>?, _ status: CInt) {
  ByteStream.of(request!.pointee.handle).didWrite(status)
}

private func streamShutDown(_ request: UnsafeMutablePointer<uv_shutdown_t>?, _ status: CInt) {}

private func streamCloses(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
  let stream = Unmanaged<ByteStream>.fromOpaque(handle!.pointee.data).takeRetainedValue()
  stream.didClose()
}
