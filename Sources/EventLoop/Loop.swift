import CUV
import Glibc

/// One libuv event loop. Everything on it belongs to the thread that calls `run`.
///
///     poll (reads, wakeups) ─► timers ─► turn's end ─► poll
///                                           └ yielded streams, `turnEnd`, unflushed streams
///
/// A turn's answers are so written with one system call a connection.
package final class Loop {
  /// What every stream of this loop reads into. It is lent to the delegate for the length of one
  /// call, so one suffices.
  static let readBufferByteCount = 64 * 1024
  /// What one stream is read of in one turn, about, while others may wait.
  static let readShareByteCount = 128 * 1024
  /// How long streams are read in one turn, in nanoseconds, and how long those that yielded are
  /// read on: those that are left come first in the next.
  package static let readNanoseconds: UInt64 = 100_000
  /// Wakeups, timers and new connections wait for the end of a rest, too.
  package static let restNanosecondsMax: UInt64 = 3_000_000

  /// Called before the loop blocks again, once a turn.
  package var turnEnd: (() -> Void)?
  /// Called once a turn, when its answers have been sent. Returns how long to wait before the
  /// system is asked for events again, in nanoseconds: what comes meanwhile makes one turn instead
  /// of many. Where something is left to be read, there is no such rest.
  package var turnSent: (() -> UInt64)?

  let pointer: UnsafeMutablePointer<uv_loop_t>
  let readBuffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: readBufferByteCount, alignment: 64)
  private let prepare = UnsafeMutablePointer<uv_prepare_t>.allocate(capacity: 1)
  /// At work while a turn owes the next one something: polling does not wait then.
  private let idle = UnsafeMutablePointer<uv_idle_t>.allocate(capacity: 1)
  private var unflushed: [ByteStream] = []
  private var yielded: [ByteStream] = []
  /// Takes turns with `yielded`.
  private var resumed: [ByteStream] = []
  /// Counts turns.
  package private(set) var turn: UInt64 = 1
  private var reading = ReadTime()

  /// - Throws: `UVError` when the system gives no more descriptors.
  package init() throws(UVError) {
    pointer = .allocate(capacity: 1)
    try UVError.check(uv_loop_init(pointer))
    try UVError.check(uv_prepare_init(pointer, prepare))
    prepare.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    uv_prepare_start(prepare, loopTurnEnds)
    try UVError.check(uv_idle_init(pointer, idle))
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
    for handle in [UnsafeMutableRawPointer(prepare), UnsafeMutableRawPointer(idle)] {
      handle.withMemoryRebound(to: uv_handle_t.self, capacity: 1) { uv_close($0, nil) }
    }
    uv_run(pointer, UV_RUN_DEFAULT)
    let status = uv_loop_close(pointer)
    precondition(status == 0, "a handle of the loop was left open")
    prepare.deallocate()
    idle.deallocate()
    pointer.deallocate()
    readBuffer.deallocate()
  }

  /// See `ReadTime`.
  var readRound: UInt64 { reading.round }
  var isReadTimeShort: Bool { reading.isShort }

  /// - Parameter lastRound: the stream's, which is for this alone.
  func mayRead(_ lastRound: inout UInt64) -> Bool {
    reading.mayRead(&lastRound, turn: turn) { .now }
  }

  /// The stream is read on at the end of this turn.
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

  private func readOn() {
    guard !resumed.isEmpty else { return }
    let end = Instant.now.advanced(byNanoseconds: Self.readNanoseconds)
    var count = 0
    repeat {
      resumed[count].readOn()
      count += 1
    } while count < resumed.count && Instant.now < end
    // Those that had no time come before those that have yielded again.
    if count < resumed.count { yielded.insert(contentsOf: resumed[count...], at: 0) }
    resumed.removeAll(keepingCapacity: true)
  }

  fileprivate func endTurn() {
    turn &+= 1
    // First, for a stage may hold bytes: what the delegates make of them belongs to this turn.
    swap(&yielded, &resumed)
    readOn()
    turnEnd?()
    // By index: a flush that fails may close a stream, which may write on another.
    var index = 0
    while index < unflushed.count {
      unflushed[index].flush()
      index += 1
    }
    unflushed.removeAll(keepingCapacity: true)
    setOwed(false)
    let rest = turnSent?() ?? 0
    // Streams that yielded meanwhile wait for no event of the system's.
    if yielded.isEmpty {
      uv_idle_stop(idle)
      if rest > 0, !reading.isShort { sleep(nanoseconds: min(rest, Self.restNanosecondsMax)) }
    } else {
      uv_idle_start(idle, loopIdles)
    }
  }

  private func sleep(nanoseconds: UInt64) {
    var time = timespec(tv_sec: 0, tv_nsec: Int(nanoseconds))
    nanosleep(&time, nil)
  }
}

private func loopTurnEnds(_ handle: UnsafeMutablePointer<uv_prepare_t>?) {
  Unmanaged<Loop>.fromOpaque(handle!.pointee.data).takeUnretainedValue().endTurn()
}

private func loopIdles(_ handle: UnsafeMutablePointer<uv_idle_t>?) {}
