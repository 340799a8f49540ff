import DigitWire
import EventLoop

/// One connection of a load: greets, sends what the run permits, hands answers to its
/// `Conversation`.
final class LoadConnection {
  private unowned let session: LoadSession
  private var phase = Phase.connecting(nil)
  private var reader = MessageReader(payloadByteCountMax: payloadByteCountMax)
  private var conversation: Conversation
  private var question: Predict

  private enum Phase {
    case connecting(Connector?)
    case greeting(ByteStream)
    case open(ByteStream)
    /// Waits for what is in flight and sends nothing new.
    case finishing(ByteStream)
    case closed
  }

  /// Far above any RESULT: 256 images of 1,024 classes.
  private static let payloadByteCountMax = 1 << 20
  /// Sending stops while the system has not taken this much.
  private static let unsentByteCountMax = 1 << 20

  init(_ session: LoadSession) {
    self.session = session
    let plan = session.plan
    conversation = Conversation(
      pipeline: plan.pipeline, batch: plan.batch, deadline: plan.deadline)
    question = Predict(imageCount: plan.batch)
  }

  var mayStillSend: Bool {
    if case .open = phase { true } else { false }
  }

  /// Whether it is open and owes nothing.
  var isReusable: Bool { mayStillSend && conversation.ledger.freeCount == pipeline }

  /// Whether it is open and waits for answers.
  var isOwed: Bool {
    switch phase {
    case .open, .finishing: conversation.ledger.freeCount < pipeline
    case .connecting, .greeting, .closed: false
    }
  }

  private var pipeline = 0

  /// Before a load's first request.
  func prepare() {
    let plan = session.plan
    pipeline = plan.pipeline
    conversation = Conversation(
      pipeline: plan.pipeline, batch: plan.batch, deadline: plan.deadline)
    question.imageCount = plan.batch
    question.deadlineMicroseconds = UInt32(clamping: plan.deadline?.wholeMicroseconds ?? 0)
  }

  // MARK: Opening and closing

  func connect(on loop: Loop) {
    let connector = Connector.connect(to: session.plan.server, on: loop) { self.connected($0) }
    if case .connecting = phase { phase = .connecting(connector) }
  }

  private func connected(_ result: Result<ByteStream, UVError>) {
    switch (phase, result) {
    case (.connecting, .success(let stream)):
      phase = .greeting(stream)
      stream.delegate = self
      stream.startReading()
      let hello = Hello(token: session.plan.token)
      stream.write(hello.encodedByteCount) { hello.encode(into: $0) }
    case (.connecting, .failure(let error)):
      phase = .closed
      fail("\(error)")
    case (_, .success(let stream)): stream.close()
    case (_, .failure): break
    }
  }

  private func fail(_ reason: String) {
    session.fail(.connectFailed(address: session.plan.server.description, reason: reason))
  }

  /// What is in flight is lost.
  func close() {
    switch phase {
    case .connecting(let connector): connector?.cancel()
    case .greeting(let stream), .open(let stream), .finishing(let stream): stream.close()
    case .closed: break
    }
    phase = .closed
    conversation.end(tallies: &session.window.tallies)
  }

  /// The connection ends before the load does.
  private func breakOff(_ reason: String) {
    switch phase {
    case .closed: break
    case .connecting, .greeting: fail(reason)
    case .open:
      close()
      session.connectionEnded(reason)
    case .finishing:
      // It has been told already.
      close()
      session.connectionFinished()
    }
  }

  // MARK: The server's messages

  private func messageArrived(
    _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, _ now: Instant
  ) -> Conversation.Action {
    switch phase {
    case .open, .finishing:
      return conversation.messageArrived(
        header, payload, now: now, images: session.images, tallies: &session.window.tallies)
    case .greeting(let stream):
      greeted(header, payload, stream)
      return .goOn
    case .connecting, .closed: return .goOn
    }
  }

  private func greeted(
    _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, _ stream: ByteStream
  ) {
    do {
      guard let terms = try LoadTerms(header, payload: payload, plan: session.plan) else { return }
      question.modelHandle = terms.modelHandle
      phase = .open(stream)
      session.welcomed(terms)
    } catch {
      session.fail(error)
    }
  }

  private func act(_ action: Conversation.Action) {
    switch action {
    case .goOn: break
    case .sendNoMore:
      guard case .open(let stream) = phase else { return }
      phase = .finishing(stream)
      session.connectionEnded("the server sent GOAWAY")
    case .breakOff(let reason): breakOff(reason)
    }
  }

  // MARK: Sending

  /// Sends as much as the run permits and the system takes.
  func fill() {
    while case .open(let stream) = phase {
      let permit = session.window.stages.permit(sendableCount(stream))
      guard permit.count > 0 else { return }
      send(permit, on: stream)
    }
  }

  /// Whether a request more may be in flight, and the system takes what is sent.
  var hasRoom: Bool {
    guard case .open(let stream) = phase else { return false }
    return sendableCount(stream) > 0
  }

  private func sendableCount(_ stream: ByteStream) -> Int {
    let room = Self.unsentByteCountMax - stream.unsentByteCount
    guard room > 0 else { return 0 }
    let frameByteCount =
      FrameHeader.byteCount + question.imageCount * question.pixelType.imageByteCount
    return min(conversation.ledger.freeCount, max(room / frameByteCount, 1))
  }

  private func send(_ permit: LoadStages.Permit, on stream: ByteStream) {
    let now = Instant.now
    session.window.tallies.began(permit.count, part: permit.part)
    let entry = RequestLedger.Entry(intended: now, begun: now, firstImage: 0, part: permit.part)
    session.images.pixels.withUnsafeBytes { pixels in
      for _ in 0..<permit.count { append(entry, pixels, on: stream) }
    }
    stream.write(session.pieces)
  }

  /// Sends the requests of an open loop that are due, as many as it has room for, in one write.
  func sendDue(now: Instant) {
    guard case .open(let stream) = phase else { return }
    session.images.pixels.withUnsafeBytes { pixels in
      for _ in 0..<sendableCount(stream) {
        guard let due = session.window.agenda?.take(now: now) else { break }
        session.window.tallies.began(due)
        let entry = RequestLedger.Entry(
          intended: due.intended, begun: now, firstImage: 0, part: due.part)
        append(entry, pixels, on: stream)
      }
    }
    stream.write(session.pieces)
  }

  /// Pixels go to the system from where they lie; only headers are made.
  @inline(__always)
  private func append(
    _ entry: RequestLedger.Entry, _ pixels: UnsafeRawBufferPointer, on stream: ByteStream
  ) {
    let pieces = session.pieces
    if !pieces.hasRoom(forScratch: FrameHeader.byteCount) { stream.write(pieces) }
    var entry = entry
    entry.firstImage = session.window.rotation.next()
    let id = conversation.begin(entry)
    pieces.append(FrameHeader.byteCount) { question.header(requestID: id).encode(into: $0) }
    let place = session.images.place(from: entry.firstImage)
    pieces.append(lent: UnsafeRawBufferPointer(rebasing: pixels[place]))
  }

  func checkDeadlines(_ now: Instant) {
    conversation.checkDeadlines(now: now, tallies: &session.window.tallies)
  }
}

// MARK: - Events

extension LoadConnection: ByteStreamDelegate {
  func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) {
    let now = Instant.now
    var input = bytes
    do {
      while let action = try reader.next(&input, { messageArrived($0, $1, now) }) {
        if action != .goOn { act(action) }
      }
    } catch {
      return breakOff(error.refusal.message)
    }
    session.answersArrived(self, now: now)
  }

  func streamDidReachEnd(_ stream: ByteStream) { breakOff("the server closed it") }
  func stream(_ stream: ByteStream, didFail error: UVError) { breakOff("\(error)") }
  func streamDidSend(_ stream: ByteStream) { session.streamHasRoom(self) }
  func streamDidClose(_ stream: ByteStream) {}
}
