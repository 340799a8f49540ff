import DigitHandshake
import DigitWire
import EventLoop

/// What a connection reports, on the loop's thread. It decides nothing about the load.
protocol LoadConnectionDelegate: AnyObject {
  func connection(_ connection: LoadConnection, wasWelcomed terms: LoadTerms)
  /// It is of no use before it was welcomed.
  func connection(_ connection: LoadConnection, didFail error: LoadError)
  func connection(
    _ connection: LoadConnection, saw outcome: Conversation.Outcome, now: Instant)
  /// Everything that a read held has been reported, or unsent bytes have gone.
  func connectionMayHaveRoom(_ connection: LoadConnection)
  /// It takes no more requests, before the load is over; what is in flight is waited for.
  func connection(_ connection: LoadConnection, willSendNoMore reason: String)
  /// It is gone, and with it what was in flight.
  /// - Parameter reason: nil where it had been reported as sending no more.
  func connection(
    _ connection: LoadConnection, broke reason: String?, losing remains: Conversation.Remains)
}

/// What the connections of a loop have in common.
struct LoadSupplies {
  var plan: LoadPlan
  /// In requests of the plan's batch.
  var images: LabelledImages
  /// It is filled and emptied within a call.
  let pieces = PieceList(
    scratchByteCount: PieceList.pieceCountMax / 2 * FrameHeader.byteCount)
}

/// One connection of a load: opens, sends what it is given, reports what comes.
final class LoadConnection {
  private unowned let delegate: any LoadConnectionDelegate
  private var supplies: LoadSupplies
  private var phase = Phase.opening(cancel: nil)
  private let wire: LoadWire
  private var conversation: Conversation
  private var terms: LoadTerms?
  /// When the server had told its terms.
  private(set) var opened: Instant?
  /// Why it takes no more requests; nil while it does, or where nothing but its owner ended it.
  private(set) var trouble: String?

  private enum Phase {
    case opening(cancel: (() -> Void)?)
    case open(ByteStream)
    /// Waits for what is in flight and sends nothing new.
    case finishing(ByteStream)
    case closed
  }

  /// Sending stops while the system has not taken this much.
  private static let unsentByteCountMax = 1 << 20

  init(_ supplies: LoadSupplies, delegate: any LoadConnectionDelegate) {
    self.delegate = delegate
    self.supplies = supplies
    conversation = Conversation(pipeline: 1, batch: 1)
    wire = LoadWire(supplies.plan)
    prepare(supplies)
  }

  /// Before a load's first request.
  func prepare(_ supplies: LoadSupplies) {
    let plan = supplies.plan
    self.supplies = supplies
    conversation = Conversation(
      pipeline: plan.pipeline, batch: plan.batch, deadline: plan.deadline)
    wire.prepare(plan, terms)
  }

  var mayStillSend: Bool {
    if case .open = phase { true } else { false }
  }

  /// Whether it is there for what is in flight at least.
  var isOpen: Bool {
    switch phase {
    case .open, .finishing: true
    case .opening, .closed: false
    }
  }

  /// Whether another one is wanted in its place: it has ended, or takes nothing more.
  var isSpent: Bool {
    switch phase {
    case .opening, .open: false
    case .finishing, .closed: true
    }
  }

  /// Whether it is open and waits for nothing.
  var isReusable: Bool { mayStillSend && owesNothing }

  /// Whether every answer that the server owes on it has come.
  var owesNothing: Bool { conversation.ledger.owedCount == 0 }

  // MARK: Opening and closing

  func connect(on loop: Loop) {
    let plan = supplies.plan
    switch wire {
    case .binary:
      let greeting = Greeting(
        Hello(token: plan.token), payloadByteCountMax: BinaryWire.payloadByteCountMax)
      open(FramedExchange(greeting), on: loop)
    case .http: open(ModelListExchange(plan), on: loop)
    }
  }

  private func open(_ exchange: some OpeningExchange<ServerTerms>, on loop: Loop) {
    let plan = supplies.plan
    let opener = Opener.open(
      plan.server, exchange, tls: plan.tls, within: plan.connectTimeout, on: loop
    ) { [self] result in
      opened(result.map { ($0.stream, $0.answer, $0.rest) })
    }
    if case .opening = phase { phase = .opening(cancel: opener.cancel) }
  }

  private func opened(
    _ result: Result<(ByteStream, ServerTerms, rest: UnsafeRawBufferPointer), HandshakeError>
  ) {
    do throws(LoadError) {
      let opened = try result.mapError { LoadError($0, of: supplies.plan.server) }.get()
      phase = .open(opened.0)
      opened.0.delegate = self
      let terms = try LoadTerms(opened.1, supplies.plan)
      self.terms = terms
      self.opened = .now
      wire.prepare(supplies.plan, terms)
      delegate.connection(self, wasWelcomed: terms)
      stream(opened.0, didRead: opened.rest)
    } catch {
      close()
      delegate.connection(self, didFail: error)
    }
  }

  /// Closes it, and returns what was in flight.
  @discardableResult
  func close() -> Conversation.Remains {
    switch phase {
    case .opening(let cancel): cancel?()
    case .open(let stream), .finishing(let stream): stream.close()
    case .closed: break
    }
    phase = .closed
    return conversation.end()
  }

  /// The connection ends before the load does.
  private func breakOff(_ reason: String) {
    switch phase {
    case .opening, .closed: break
    case .open:
      trouble = reason
      delegate.connection(self, broke: reason, losing: close())
    case .finishing: delegate.connection(self, broke: nil, losing: close())
    }
  }

  // MARK: The server's messages

  private func act(_ action: Conversation.Action) {
    switch action {
    case .goOn: break
    case .sendNoMore:
      guard case .open(let stream) = phase else { return }
      let reason = "the server sent GOAWAY"
      (phase, trouble) = (.finishing(stream), reason)
      delegate.connection(self, willSendNoMore: reason)
    case .breakOff(let reason): breakOff(reason)
    }
  }

  /// Reports the requests whose deadline has passed.
  func checkDeadlines(_ now: Instant) {
    conversation.checkDeadlines(now: now) { delegate.connection(self, saw: $0, now: now) }
  }

  // MARK: Sending

  /// Whether a request more may be in flight, and the system takes what is sent.
  var hasRoom: Bool {
    guard case .open(let stream) = phase else { return false }
    return room(on: stream) > 0
  }

  private func room(on stream: ByteStream) -> Int {
    let room = Self.unsentByteCountMax - stream.unsentByteCount
    guard room > 0 else { return 0 }
    let requestByteCount =
      wire.headByteCount + supplies.images.batch * ProtocolLimits.pixelsPerImage
    return min(conversation.ledger.freeCount, max(room / requestByteCount, 1))
  }

  /// Sends what `next` gives until it gives nothing or there is no more room, in few writes.
  func send(_ next: () -> RequestLedger.Entry?) {
    while case .open(let stream) = phase {
      let room = room(on: stream)
      var count = 0
      supplies.images.pixels.withUnsafeBytes { pixels in
        // A write that fails closes it.
        while count < room, mayStillSend, let entry = next() {
          append(entry, pixels, on: stream)
          count += 1
        }
      }
      guard count > 0 else { return }
      stream.write(supplies.pieces)
      guard count == room else { return }
    }
  }

  /// Pixels go to the system from where they lie; only headers are made.
  @inline(__always)
  private func append(
    _ entry: RequestLedger.Entry, _ pixels: UnsafeRawBufferPointer, on stream: ByteStream
  ) {
    let pieces = supplies.pieces
    let id = conversation.begin(entry)
    if !pieces.hasRoom(forScratch: wire.headByteCount) { stream.write(pieces) }
    wire.appendHead(id, to: pieces)
    let range = supplies.images.byteRange(from: entry.firstImage)
    pieces.append(lent: UnsafeRawBufferPointer(rebasing: pixels[range]))
  }
}

// MARK: - Events

extension LoadConnection: ByteStreamDelegate {
  func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) {
    let now = Instant.now
    var input = bytes
    while isOpen,
      let reading = wire.next(&input, &conversation, now: now, images: supplies.images)
    {
      if let outcome = reading.outcome { delegate.connection(self, saw: outcome, now: now) }
      if reading.action != .goOn { act(reading.action) }
    }
    delegate.connectionMayHaveRoom(self)
  }

  func streamDidReachEnd(_ stream: ByteStream) { breakOff("the server closed it") }
  func stream(_ stream: ByteStream, didFail error: UVError) { breakOff("\(error)") }
  func streamDidSend(_ stream: ByteStream) { delegate.connectionMayHaveRoom(self) }
  func streamDidClose(_ stream: ByteStream) {}
}
