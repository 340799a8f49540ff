import CUV
import Glibc

/// A connected byte stream: TCP or a Unix socket, with or without a stage such as TLS.
///
/// Writing appends to `output`; the loop flushes at the end of the turn, first with a plain write
/// and, where the socket takes only a part, with a request for the rest.
///
///     write ─► output ─► [stage ─► outgoing] ─► system
///                                      └ the rest ─► sending ─► system
package final class ByteStream {
  package let loop: Loop
  /// Held until the stream has closed.
  package var delegate: (any ByteStreamDelegate)?
  /// What is to be sent. Append through `write`.
  private var output = OutputBuffer()
  /// What a write request is sending; swapped with the buffer that it was in.
  private var sending = OutputBuffer()
  private var staging: Staging?

  let handle: UnsafeMutablePointer<uv_stream_t>
  private let writeRequest = UnsafeMutablePointer<uv_write_t>.allocate(capacity: 1)
  private let shutdownRequest = UnsafeMutablePointer<uv_shutdown_t>.allocate(capacity: 1)
  private var reading = Reading.stopped
  private var sendingSide = SendingSide.open
  private var flushing = Flushing.idle
  private var share = (turn: UInt64(0), byteCount: 0)
  private(set) var readLength = ReadLength()
  /// See `ReadTime`.
  var lastReadRound: UInt64
  /// What the delegate has given back.
  private var unread: [UInt8] = []

  /// A stream whose handle libuv still has to connect or open.
  init(_ kind: Kind, loop: Loop) throws(UVError) {
    self.loop = loop
    lastReadRound = loop.readRound
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

  /// Puts a stage between the socket and the delegate, which begins at once.
  /// - Precondition: nothing has been read or written.
  package func install(_ stage: any StreamStage) {
    precondition(staging == nil && output.isEmpty && reading == .stopped)
    let staging = Staging(stage)
    self.staging = staging
    stage.begin(staging.outgoing)
    if !staging.outgoing.isEmpty { scheduleFlush() }
  }

  // MARK: Reading

  package func startReading() {
    switch reading {
    case .flowing, .yielded, .ended: break
    case .yieldedAndStopped: reading = .yielded
    case .stopped where staging != nil || !unread.isEmpty:
      // The stage may hold more of what was received, and the delegate has given some of it back:
      // that comes first, and not within this call.
      reading = .yielded
      loop.readOnLater(self)
    case .stopped:
      reading = .flowing
      beginReading()
    }
  }

  package func stopReading() {
    switch reading {
    case .stopped, .yieldedAndStopped, .ended: break
    case .yielded: reading = .yieldedAndStopped
    case .flowing:
      reading = .stopped
      uv_read_stop(handle)
    }
  }

  /// Gives back the end of what `didRead` brought: it comes again when reading has been started.
  /// - Precondition: reading is stopped.
  package func unread(_ bytes: UnsafeRawBufferPointer) {
    precondition(!isReadingWanted, "what is given back would come at once")
    unread.append(contentsOf: bytes)
    readLength.gaveBack()
  }

  /// Whether `startReading` was called after the last `stopReading`, and something may still come.
  package var isReadingWanted: Bool { reading == .flowing || reading == .yielded }

  private func beginReading() { uv_read_start(handle, streamAllocates, streamReads) }

  /// Nothing is read any more.
  private func endReading() {
    if reading == .flowing { uv_read_stop(handle) }
    reading = .ended
  }

  /// A peer that sends without end leaves room for the others: after its share of a turn it is
  /// read on in the next.
  func yieldAfterShare(_ count: Int) {
    if share.turn != loop.turn { share = (loop.turn, 0) }
    share.byteCount += count
    if share.byteCount >= Loop.readShareByteCount, reading == .flowing { yield() }
  }

  private func yield() {
    uv_read_stop(handle)
    reading = .yielded
    loop.readOnLater(self)
  }

  func readOn() {
    switch reading {
    case .stopped, .flowing, .ended: break
    case .yieldedAndStopped: reading = .stopped
    case .yielded:
      reading = .flowing
      if !unread.isEmpty { yieldAfterShare(deliverUnread()) }
      if reading == .flowing, let staging { yieldAfterShare(deliver(from: staging)) }
      if reading == .flowing { beginReading() }
    }
  }

  private func deliverUnread() -> Int {
    let bytes = unread
    unread = []
    bytes.withUnsafeBytes { delegate?.stream(self, didRead: $0) }
    return bytes.count
  }

  /// Gives the delegate what the stage has made of what it received, until it wants no more of it
  /// or has had its share of the turn.
  /// - Returns: how many bytes it got.
  private func deliver(from staging: Staging) -> Int {
    var count = 0
    defer {
      // Its own answers, or what waited for the end of a handshake.
      if !staging.outgoing.isEmpty || !output.isEmpty { scheduleFlush() }
    }
    do throws(StageFailure) {
      while reading == .flowing, count < Loop.readShareByteCount {
        switch try staging.stage.next(staging.outgoing) {
        case .needsMore: return count
        case .later: yield()
        case .end: reachEnd()
        case .bytes(let piece):
          count += piece.count
          delegate?.stream(self, didRead: piece)
        }
      }
    } catch {
      fail(error)
    }
    return count
  }

  // MARK: Writing

  /// Bytes that were written here and that the system has not taken yet.
  package var unsentByteCount: Int {
    var count = output.count
    if let staging { count += staging.outgoing.count }
    if flushing == .writing { count += uv_stream_get_write_queue_size(handle) }
    return count
  }

  /// Lends `byteCount` bytes, which `body` must fill; they are sent at the end of the turn.
  /// On a stream that has ended or closed they go nowhere.
  @inline(__always)
  package func write(_ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
    output.append(byteCount, body)
    if flushing == .idle { scheduleFlush() }
  }

  package func write(_ bytes: UnsafeRawBufferPointer) {
    write(bytes.count) { $0.copyMemory(from: bytes) }
  }

  /// Sends at once what the system takes of `pieces`, without copying it, and copies only the rest,
  /// to be sent as by the other `write`. Empties the list.
  package func write(_ pieces: PieceList) {
    defer { pieces.removeAll() }
    var sent: CInt = 0
    if sendingSide == .open, staging == nil, output.isEmpty, flushing != .writing {
      sent = uv_try_write(handle, pieces.start, UInt32(pieces.count))
    }
    guard sent >= 0 || UVError(code: sent).isWouldBlock else { return fail(sent) }
    pieces.forEach(after: Int(max(sent, 0))) { write($0) }
  }

  /// Sends what is unsent and then ends the sending side: the peer reads to its end.
  package func end() {
    guard sendingSide == .open else { return }
    sendingSide = .ending
    scheduleFlush()
  }

  /// Sends at once what the system takes at once, and closes.
  package func flushAndClose() {
    // A stage's peer hears that this is the end, and not a connection that broke.
    if staging != nil, sendingSide == .open { sendingSide = .ending }
    flush()
    close()
  }

  /// Closes now; what is unsent is lost. Safe to call twice.
  package func close() {
    guard sendingSide != .closing else { return }
    sayEnd()
    sendingSide = .closing
    reading = .ended
    UnsafeMutableRawPointer(handle).withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
      uv_close($0, streamCloses)
    }
  }

  /// Where nothing is lost, a stage's peer hears that this is the end.
  private func sayEnd() {
    guard sendingSide == .open, let staging, output.isEmpty, staging.outgoing.isEmpty else {
      return
    }
    staging.stage.end(staging.outgoing)
    sendLastWords()
  }

  package var isClosing: Bool { sendingSide == .closing }

  /// Gives memory back that an empty buffer keeps for the next answer.
  package func releaseMemory() {
    if output.isEmpty { output.releaseMemory() }
    if flushing != .writing { sending.releaseMemory() }
    if let outgoing = staging?.outgoing, outgoing.isEmpty { outgoing.releaseMemory() }
  }

  private func scheduleFlush() {
    guard flushing == .idle, sendingSide != .closing else { return }
    flushing = .scheduled
    loop.flushLater(self)
  }

  func flush() {
    guard flushing != .writing else { return }
    flushing = .idle
    switch sendingSide {
    case .closing: return
    case .ended, .broken: output.removeAll()
    case .open, .ending, .finishing:
      sendOutput()
      if sendingSide == .finishing, flushing == .idle { shutDownSending() }
    }
  }

  private func sendOutput() {
    guard let staging else {
      if sendingSide == .ending { sendingSide = .finishing }
      if !output.isEmpty { send(output) }
      return
    }
    do throws(StageFailure) {
      try pass(to: staging)
    } catch {
      return fail(error)
    }
    if !staging.outgoing.isEmpty { send(staging.outgoing) }
  }

  /// All that was written in this turn goes through the stage in one call.
  private func pass(to staging: Staging) throws(StageFailure) {
    if sendingSide == .finishing { output.removeAll() }
    if !output.isEmpty {
      output.removeFirst(try staging.stage.send(output.unsent, staging.outgoing))
    }
    guard sendingSide == .ending, output.isEmpty else { return }
    staging.stage.end(staging.outgoing)
    sendingSide = .finishing
  }

  /// - Parameter buffer: `output`, or what the stage has made of it.
  private func send(_ buffer: OutputBuffer) {
    var bytes = uv_buf_t(buffer.unsent)
    let sent = uv_try_write(handle, &bytes, 1)
    if sent >= 0 {
      buffer.removeFirst(Int(sent))
    } else if !UVError(code: sent).isWouldBlock {
      buffer.removeAll()
      return fail(sent)
    }
    guard !buffer.isEmpty else {
      delegate?.streamDidSend(self)
      return
    }
    if let staging { swap(&staging.outgoing, &sending) } else { swap(&output, &sending) }
    requestWrite()
  }

  private func requestWrite() {
    var buffer = uv_buf_t(sending.unsent)
    flushing = .writing
    let status = uv_write(writeRequest, handle, &buffer, 1, streamWrote)
    guard status < 0 else { return }
    flushing = .idle
    fail(status)
  }

  private func shutDownSending() {
    sendingSide = .ended
    // Fails only where the connection is gone, which reading reports.
    uv_shutdown(shutdownRequest, handle, streamShutDown)
  }

  // MARK: Events

  func didRead(_ count: Int) {
    if count > 0 {
      let bytes = UnsafeRawBufferPointer(rebasing: loop.readBuffer[..<count])
      defer { if unread.isEmpty { readLength.tookAll(count) } }
      guard let staging else {
        delegate?.stream(self, didRead: bytes)
        return yieldAfterShare(count)
      }
      staging.stage.receive(bytes, staging.outgoing)
      yieldAfterShare(max(count, deliver(from: staging)))
      if reading != .ended { staging.stage.keepReceived() }
    } else if count == Int(UVError.endOfFile) {
      if let staging {
        staging.stage.receiveEnd()
        yieldAfterShare(deliver(from: staging))
      }
      // A stage may have ended it already, or hold more than the delegate wants now.
      if reading == .flowing { reachEnd() }
    } else if count < 0 {
      fail(CInt(count))
    }
  }

  private func reachEnd() {
    endReading()
    delegate?.streamDidReachEnd(self)
  }

  func didWrite(_ status: CInt) {
    flushing = .idle
    sending.removeAll()
    guard sendingSide != .closing else { return }
    guard status == 0 else { return fail(status) }
    delegate?.streamDidSend(self)
    flush()
  }

  private func fail(_ status: CInt) { fail(UVError(code: status)) }

  private func fail(_ failure: StageFailure) {
    if sendingSide != .broken, sendingSide != .closing { sendLastWords() }
    fail(UVError(code: UV_EPROTO.rawValue, failure.description))
  }

  private func fail(_ error: UVError) {
    guard sendingSide != .broken, sendingSide != .closing else { return }
    endReading()
    sendingSide = .broken
    delegate?.stream(self, didFail: error)
  }

  /// What a stage says last, as far as the system takes it at once.
  private func sendLastWords() {
    guard let outgoing = staging?.outgoing, !outgoing.isEmpty, flushing != .writing else { return }
    var bytes = uv_buf_t(outgoing.unsent)
    uv_try_write(handle, &bytes, 1)
    outgoing.removeAll()
  }

  func didClose() {
    delegate?.streamDidClose(self)
    delegate = nil
    staging = nil
  }
}
