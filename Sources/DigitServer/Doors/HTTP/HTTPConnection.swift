import DigitHTTP
import DigitWire
import EventLoop
import Slots

/// One client's connection over HTTP/1.1: carries bytes between the transport, the parser and what
/// the routes ask for. One request is worked on at a time; those that are pipelined behind it wait.
package final class HTTPConnection {
  package let id: SlotID
  let transport: any Transport
  let context: HTTPContext
  var phase = Phase.head
  /// Of the request that is being received or prepared; counted in the loop's budget.
  private var body: [UInt8] = []
  private var bodyByteCount = 0
  private var parser: RequestParser
  private var peerHasEnded = false
  private var requestCount: UInt64 = 0
  private var requestCountAtSweep: UInt64 = 0
  private var receivedByteCount: UInt64 = 0
  private var unsent = UnsentShare()
  private var budget = TurnBudget()
  package let share = AskerShare()
  private var clock: HTTPClock
  /// Called once, when the transport has closed.
  private let closed: (HTTPConnection) -> Void
  let origin: PeerOrigin
  let label: ConnectionLabel
  /// From when on an answer ends the connection; nil for never.
  private let expires: Instant?

  enum Phase {
    /// Between requests, or within a head.
    case head
    case body(HTTPExchange, HTTPRoute)
    /// Refused already, and told so when its body has been read over.
    case skipping(HTTPExchange, HTTPProblem)
    case working(HTTPExchange, HTTPWork)
    /// Came with a wrong token, and the answer that says so has to wait.
    case withheld(HTTPExchange, HTTPProblem, until: Instant)
    /// The last answer is written; what still comes is read over, so that bytes left unread do not
    /// reset the connection before the peer has read that answer.
    case lingering
  }

  package init(
    _ id: SlotID, transport: any Transport, context: HTTPContext,
    origin: PeerOrigin = .network(nil), expires: Instant? = nil, now: Instant,
    closed: @escaping (HTTPConnection) -> Void
  ) {
    self.id = id
    self.transport = transport
    self.context = context
    self.origin = origin
    label = ConnectionLabel(number: id.index, peer: origin)
    self.expires = expires
    self.closed = closed
    parser = RequestParser(limits: context.requestLimits)
    clock = HTTPClock(limits: context.loop.limits, now: now)
    transport.startReading()
  }

  // MARK: In

  /// Bytes have come.
  package func received(_ bytes: UnsafeRawBufferPointer, now: Instant) {
    var input = bytes
    budget.begin()
    parse(&input, now: now)
    var waitingCount = 0
    switch phase {
    case .head, .body, .skipping, .working, .withheld:
      if !isParsing {
        // What is pipelined behind a request waits until that is answered, or for the next turn.
        transport.stopReading()
        if !input.isEmpty { transport.unread(input) }
        resume()
        waitingCount = input.count
      }
    case .lingering: break
    }
    let count = UInt64(bytes.count - waitingCount)
    context.loop.metrics.bytesReceived.add(count)
    receivedByteCount &+= count
  }

  /// Whether the next element of what was received may be looked at.
  private var isParsing: Bool { mayRead && !budget.isUsedUp }

  /// The same, be it in the next turn.
  private var mayRead: Bool {
    switch phase {
    case .head, .body, .skipping: unsent.standing(in: context.loop.unsent) == .withinShare
    case .working, .withheld, .lingering: false
    }
  }

  private func parse(_ input: inout UnsafeRawBufferPointer, now: Instant) {
    do {
      while isParsing {
        guard let element = try parser.next(&input) else { return }
        take(element, now: now)
      }
    } catch {
      refuse(error, now: now)
    }
  }

  private func take(_ element: RequestParser.Element, now: Instant) {
    switch element {
    case .head(let head): begin(head, now: now)
    case .body(let piece): collect(piece, now: now)
    case .end: end(now: now)
    }
  }

  private func begin(_ head: RequestHead, now: Instant) {
    requestCount += 1
    let exchange = HTTPExchange(head, number: requestCount, connection: id.index, now: now)
    let admission = HTTPAdmission(
      hosts: context.hosts, access: context.loop.access, origin: origin,
      isDraining: context.loop.isDraining)
    do {
      let route = try admission.route(head)
      phase = .body(exchange, route)
      if head.expectsContinue {
        ResponseHead.continue.withUTF8Buffer { write(UnsafeRawBufferPointer($0)) }
      }
    } catch {
      var problem = error
      // Its body may come or not.
      problem.closes = problem.closes || head.expectsContinue
      if problem.status == .unauthorized {
        refuseToken(problem, exchange, now: now)
      } else if problem.closes {
        reject(problem, exchange, now: now)
      } else {
        phase = .skipping(exchange, problem)
      }
    }
  }

  private func refuseToken(_ problem: HTTPProblem, _ exchange: HTTPExchange, now: Instant) {
    let delay = context.loop.guessed(label, now: now)
    guard delay > .zero else { return reject(problem, exchange, now: now) }
    phase = .withheld(exchange, problem, until: now.advanced(by: delay))
  }

  private func collect(_ piece: UnsafeRawBufferPointer, now: Instant) {
    guard case .body(let exchange, let route) = phase, route.takesBody else { return }
    guard context.takeBodyBytes(piece.count) else {
      let problem = HTTPProblem(
        .serviceUnavailable, code: "overloaded",
        "expected room for the body, got none: the bodies of others fill it",
        retryAfterSeconds: 1, closes: true)
      return reject(problem, exchange, now: now)
    }
    bodyByteCount += piece.count
    makeRoom(for: piece.count, of: exchange.head)
    body.append(contentsOf: piece)
  }

  /// A large body gets all its room at once, for moving one that grows would hold the loop up.
  /// It is only addresses: the system gives memory as bytes come, which the budget counts.
  private func makeRoom(for byteCount: Int, of head: RequestHead) {
    guard body.capacity - body.count < byteCount else { return }
    if let length = head.contentLength {
      body.reserveCapacity(Int(length))
    } else if body.count > context.inferenceLimits.loopJSONByteCountMax {
      body.reserveCapacity(context.requestLimits.bodyByteCountMax)
    }
  }

  private func end(now: Instant) {
    switch phase {
    case .body(var exchange, let route):
      exchange.arrived = now
      perform(route, for: exchange, now: now)
    case .skipping(let exchange, let problem):
      reject(problem, exchange, now: now)
    case .head, .working, .withheld, .lingering: break
    }
  }

  /// Takes the body out; its bytes stay counted until the request has ended.
  func takeBody() -> [UInt8] {
    defer { body = [] }
    return body
  }

  // MARK: Out

  /// Ends a request: the next one may be looked at, or the connection comes to its end.
  func respond(_ response: HTTPResponse, to exchange: HTTPExchange, now: Instant) {
    let wasWorking = if case .working = phase { true } else { false }
    dropBody()
    let isOld = expires.map { now >= $0 } ?? false
    let keeps =
      exchange.head.keepsAlive && !response.closes && !context.loop.isDraining && !isOld
    write(response, to: exchange, keepsAlive: keeps)
    log(response, exchange, now: now)
    phase = .head
    guard keeps, !peerHasEnded else { return linger() }
    if wasWorking { resume() }
  }

  /// What cannot be parsed has no request that could be answered in its own way.
  private func refuse(_ problem: HTTPProblem, now: Instant) {
    dropBody()
    if problem.status != .requestTimeout { context.loop.metrics.cut(.refused) }
    let response = HTTPResponse(problem, requestID: "\(id.index)-\(requestCount + 1)")
    write(response, to: nil, keepsAlive: false)
    context.loop.log.debug(
      "http request refused", about: label,
      ["status": problem.status.rawValue, "why": problem.message])
    linger()
  }

  private func write(_ response: HTTPResponse, to exchange: HTTPExchange?, keepsAlive: Bool) {
    context.loop.metrics.httpAnswered(status: Int(response.status.rawValue))
    let bytes = response.encoded(
      isHead: exchange?.head.method == .head, keepsAlive: keepsAlive, date: context.date())
    budget.take(answerByteCount: bytes.count)
    bytes.withUnsafeBytes(write)
    account()
  }

  private func write(_ bytes: UnsafeRawBufferPointer) {
    transport.write(bytes.count) { $0.copyMemory(from: bytes) }
  }

  private func log(_ response: HTTPResponse, _ exchange: HTTPExchange, now: Instant) {
    context.loop.log.debug(
      "http request", about: label,
      [
        "request": exchange.id, "method": exchange.head.method.rawValue,
        "path": exchange.head.path, "status": response.status.rawValue,
        "microseconds": now.microseconds(since: exchange.arrived),
        "trace": exchange.traceParent?.description ?? "-",
      ])
  }

  private func account() {
    unsent.update(transport, in: context.loop.unsent)
    guard unsent.standing(in: context.loop.unsent) == .overBudget else { return }
    context.loop.cutUnread(label, unsentByteCount: transport.unsentByteCount)
    transport.close()
    unsent.update(transport, in: context.loop.unsent)
  }

  /// The next request may come: the one before it has been answered, or enough of the answers read.
  private func resume() {
    if mayRead { transport.startReading() }
  }

  private func dropBody() {
    context.giveBodyBytesBack(bodyByteCount)
    bodyByteCount = 0
    body = []
  }

  /// Some of what was unsent has been sent.
  package func sent() {
    account()
    if unsent.isRelieved(in: context.loop.unsent) { resume() }
    closeIfDone()
  }

  /// Nobody asks to be told: a client sees it when it asks again.
  package func modelsChanged() {}

  // MARK: End

  package func drain() {
    if case .head = phase, parser.phase == .between, transport.isReadingWanted { linger() }
  }

  package func close() { transport.close() }

  private func linger() {
    phase = .lingering
    transport.end()
    transport.startReading()
    closeIfDone()
  }

  private func closeIfDone() {
    guard case .lingering = phase, peerHasEnded, transport.unsentByteCount == 0 else { return }
    transport.close()
  }

  /// The peer will send no more; it may still be reading.
  package func peerEnded() {
    peerHasEnded = true
    switch phase {
    case .working: break
    case .head, .body, .skipping, .withheld:
      dropBody()
      linger()
    case .lingering: closeIfDone()
    }
  }

  package func failed(_ error: UVError) {
    context.loop.log.debug("connection lost", about: label, ["error": error])
    transport.close()
    account()
  }

  package func transportClosed() {
    account()
    dropBody()
    if case .working(let exchange, .inference(let request, _)) = phase {
      log(exchange, summary(of: request), .abandoned)
      context.loop.inference.abandon(request)
    }
    phase = .lingering
    closed(self)
  }

  package func sweep(now: Instant) {
    if case .withheld(let exchange, let problem, let until) = phase, now >= until {
      reject(problem, exchange, now: now)
    }
    let seen = HTTPClock.Observation(
      stage: stage, serverIsDraining: context.loop.isDraining, requestCount: requestCount,
      receivedByteCount: receivedByteCount, unsentByteCount: transport.unsentByteCount,
      isPaused: !transport.isReadingWanted)
    switch clock.check(seen, now: now) {
    case .wait: releaseMemoryIfIdle()
    case .refuse(let reason):
      context.loop.metrics.cut(.requestTimeout)
      refuse(
        HTTPProblem(.requestTimeout, code: "request_timeout", reason, closes: true), now: now)
    case .close:
      if seen.stage == .idle { context.loop.metrics.cutQuietly(.idleTimeout) }
      transport.close()
    case .cut:
      context.loop.cutStalled(label, unsentByteCount: transport.unsentByteCount, now: now)
      transport.close()
    }
    account()
  }

  private func releaseMemoryIfIdle() {
    if case .head = phase, requestCount == requestCountAtSweep { transport.releaseMemory() }
    requestCountAtSweep = requestCount
  }

  /// Whether a request has come.
  var hasAsked: Bool { requestCount > 0 }

  var stage: HTTPClock.Stage {
    switch phase {
    case .head: parser.phase == .between ? .idle : .head
    case .body, .skipping: .body
    case .working, .withheld: .working
    case .lingering: .lingering
    }
  }
}

extension HTTPConnection: DoorConnection {}
