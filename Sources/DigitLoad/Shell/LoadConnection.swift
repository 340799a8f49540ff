import DigitWire
import EventLoop

/// One connection of a load: greets, sends what the run permits, hands answers to its
/// `Conversation`.
final class LoadConnection {
  private let run: LoadRun
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

  init(_ run: LoadRun) {
    self.run = run
    conversation = Conversation(pipeline: run.plan.pipeline, batch: run.plan.batch)
    question = Predict(imageCount: run.plan.batch)
  }

  var mayStillSend: Bool {
    if case .open = phase { true } else { false }
  }

  // MARK: Opening and closing

  func connect(on loop: Loop) {
    let connector = Connector.connect(to: run.plan.server, on: loop) { self.connected($0) }
    if case .connecting = phase { phase = .connecting(connector) }
  }

  private func connected(_ result: Result<ByteStream, UVError>) {
    switch (phase, result) {
    case (.connecting, .success(let stream)):
      phase = .greeting(stream)
      stream.delegate = self
      stream.startReading()
      let hello = Hello(token: run.plan.token)
      stream.write(hello.encodedByteCount) { hello.encode(into: $0) }
    case (.connecting, .failure(let error)):
      phase = .closed
      fail("\(error)")
    case (_, .success(let stream)): stream.close()
    case (_, .failure): break
    }
  }

  private func fail(_ reason: String) {
    run.fail(.connectFailed(address: run.plan.server.description, reason: reason))
  }

  /// What is in flight is lost.
  func close() {
    switch phase {
    case .connecting(let connector): connector?.cancel()
    case .greeting(let stream), .open(let stream), .finishing(let stream): stream.close()
    case .closed: break
    }
    phase = .closed
    conversation.end(tallies: &run.tallies)
  }

  /// The connection ends before the load does.
  private func breakOff(_ reason: String) {
    switch phase {
    case .closed: break
    case .connecting, .greeting: fail(reason)
    case .open, .finishing:
      close()
      run.connectionEnded(reason)
    }
  }

  // MARK: The server's messages

  private func messageArrived(
    _ header: FrameHeader, _ payload: UnsafeRawBufferPointer, _ now: Instant
  ) -> Conversation.Action {
    switch phase {
    case .open, .finishing:
      return conversation.messageArrived(
        header, payload, now: now, images: run.images, tallies: &run.tallies)
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
      guard let terms = try LoadTerms(header, payload: payload, plan: run.plan) else { return }
      question.modelHandle = terms.modelHandle
      phase = .open(stream)
      run.welcomed(terms)
    } catch {
      run.fail(error)
    }
  }

  private func act(_ action: Conversation.Action) {
    switch action {
    case .goOn: break
    case .sendNoMore:
      guard case .open(let stream) = phase else { return }
      phase = .finishing(stream)
    case .breakOff(let reason): breakOff(reason)
    }
  }

  // MARK: Sending

  /// Sends as much as the run permits and the system takes.
  func fill() {
    while case .open(let stream) = phase {
      let permit = run.stages.permit(sendableCount(stream))
      guard permit.count > 0 else { return }
      send(permit, on: stream)
    }
  }

  private func sendableCount(_ stream: ByteStream) -> Int {
    let room = Self.unsentByteCountMax - stream.unsentByteCount
    guard room > 0 else { return 0 }
    let frameByteCount =
      FrameHeader.byteCount + question.imageCount * question.pixelType.imageByteCount
    return min(conversation.ledger.freeCount, max(room / frameByteCount, 1))
  }

  /// Pixels go to the system from where they lie; only headers are made.
  private func send(_ permit: LoadStages.Permit, on stream: ByteStream) {
    let pieces = run.pieces
    let now = Instant.now
    run.tallies.began(permit.count, part: permit.part)
    run.images.pixels.withUnsafeBytes { pixels in
      for _ in 0..<permit.count {
        if !pieces.hasRoom(forScratch: FrameHeader.byteCount) { stream.write(pieces) }
        let first = run.rotation.next()
        let id = conversation.begin(
          RequestLedger.Entry(begun: now, firstImage: first, part: permit.part))
        pieces.append(FrameHeader.byteCount) { question.header(requestID: id).encode(into: $0) }
        pieces.append(lent: UnsafeRawBufferPointer(rebasing: pixels[run.images.place(from: first)]))
      }
      stream.write(pieces)
    }
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
    run.answersArrived(self, now: now)
  }

  func streamDidReachEnd(_ stream: ByteStream) { breakOff("the server closed it") }
  func stream(_ stream: ByteStream, didFail error: UVError) { breakOff("\(error)") }
  func streamDidSend(_ stream: ByteStream) { run.streamHasRoom(self) }
  func streamDidClose(_ stream: ByteStream) {}
}
