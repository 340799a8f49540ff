import CUV

/// One libuv event loop. Everything on it belongs to the thread that calls `run`.
///
///     poll (reads, wakeups) ─► timers ─► turn's end: `turnEnd`, every unflushed stream ─► poll
///
/// A turn's answers are so written with one system call a connection.
package final class Loop {
  /// What every stream of this loop reads into. It is lent to the delegate for the length of one
  /// call, so one suffices.
  static let readBufferByteCount = 64 * 1024
  /// What one stream is read of in one turn, about, while others may wait.
  static let readShareByteCount = 128 * 1024

  /// Called before the loop blocks again, once a turn.
  package var turnEnd: (() -> Void)?

  let pointer: UnsafeMutablePointer<uv_loop_t>
  let readBuffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: readBufferByteCount, alignment: 64)
  private let prepare = UnsafeMutablePointer<uv_prepare_t>.allocate(capacity: 1)
  private var unflushed: [ByteStream] = []
  private var yielded: [ByteStream] = []
  /// Counts turns.
  private(set) var turn: UInt64 = 1

  /// - Throws: `UVError` when the system gives no more descriptors.
  package init() throws(UVError) {
    pointer = .allocate(capacity: 1)
    try UVError.check(uv_loop_init(pointer))
    try UVError.check(uv_prepare_init(pointer, prepare))
    prepare.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    uv_prepare_start(prepare, loopTurnEnds)
    setOwed(false)
    unflushed.reserveCapacity(1_024)
  }

  /// Runs until `stop` is called or nothing is left that could happen.
  package func run() { uv_run(pointer, UV_RUN_DEFAULT) }

  /// Ends `run` after this turn. From the loop's own thread only.
  package func stop() { uv_stop(pointer) }

  /// Lets closed handles finish, then frees the loop.
  /// - Precondition: every handle has been closed.
  package func close() {
    UnsafeMutableRawPointer(prepare).withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
      uv_close($0, nil)
    }
    uv_run(pointer, UV_RUN_DEFAULT)
    let status = uv_loop_close(pointer)
    precondition(status == 0, "a handle of the loop was left open")
    prepare.deallocate()
    pointer.deallocate()
    readBuffer.deallocate()
  }

  /// The stream is read on in the next turn.
  func readOnLater(_ stream: ByteStream) {
    yielded.append(stream)
    setOwed(true)
  }

  /// The stream is flushed at the end of this turn.
  func flushLater(_ stream: ByteStream) {
    unflushed.append(stream)
    setOwed(true)
  }

  /// The end-of-turn hook alone must not keep the loop alive, unless it owes a stream something:
  /// one that neither reads nor writes does not count as alive for libuv.
  private func setOwed(_ isOwed: Bool) {
    UnsafeMutableRawPointer(prepare).withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
      if isOwed { uv_ref($0) } else { uv_unref($0) }
    }
  }

  fileprivate func endTurn() {
    turnEnd?()
    // By index: a flush that fails may close a stream, which may write on another.
    var index = 0
    while index < unflushed.count {
      unflushed[index].flush()
      index += 1
    }
    unflushed.removeAll(keepingCapacity: true)
    turn &+= 1
    for stream in yielded { stream.readOn() }
    yielded.removeAll(keepingCapacity: true)
    setOwed(false)
  }
}

private func loopTurnEnds(_ handle: UnsafeMutablePointer<uv_prepare_t>?) {
  Unmanaged<Loop>.fromOpaque(handle!.pointee.data).takeUnretainedValue().endTurn()
}
