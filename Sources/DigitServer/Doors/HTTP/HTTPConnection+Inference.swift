import DigitHTTP
import DigitModel
import EventLoop

/// What a request waits for.
enum HTTPWork {
  /// Its body is turned into a call, by another thread.
  case background
  /// Models are loaded or unloaded, by the repository's thread.
  case repository
  case inference(RequestIndex, InferenceCall)
}

/// Requests for inference: a body becomes a call, a call an `InferenceRequest`, an answer a
/// response.
extension HTTPConnection: Asker {
  func prepare(
    _ route: InferenceRoute, _ exchange: HTTPExchange, now: Instant
  ) throws(HTTPProblem) {
    let (head, body, limits) = (exchange.head, takeBody(), context.inferenceLimits)
    guard route.isSlow(head: head, bodyByteCount: body.count, limits: limits) else {
      return infer(try route.decode(body, head: head, limits: limits), exchange, now: now)
    }
    let connection = LoopBound(value: self)
    phase = .working(exchange, .background)
    let isTaken = context.inBackground {
      let outcome = Result { () throws(HTTPProblem) in
        try route.decode(body, head: head, limits: limits)
      }
      return { connection.value.prepared(outcome) }
    }
    guard !isTaken else { return }
    throw HTTPProblem(
      .serviceUnavailable, code: "overloaded",
      "expected room among the bodies that wait to be read, got none: send it again later",
      retryAfterSeconds: 1)
  }

  /// On the loop again. It is the same request still, unless the connection has ended meanwhile.
  private func prepared(_ outcome: Result<InferenceCall, HTTPProblem>) {
    guard case .working(let exchange, .background) = phase else { return }
    let now = Instant.now
    do throws(HTTPProblem) {
      infer(try outcome.get(), exchange, now: now)
    } catch {
      reject(error, exchange, now: now)
    }
  }

  private func infer(_ call: InferenceCall, _ exchange: HTTPExchange, now: Instant) {
    context.loop.metrics.requestsReceived.add()
    do throws(HTTPProblem) {
      let model = try context.model(named: call.model, version: call.version)
      guard call.imageCount > 0 else {
        context.loop.metrics.requestsAnswered.add()
        log(exchange, call, of: model, .answered)
        return respond(HTTPResponse(call.encode(InferenceReply(of: model))), to: exchange, now: now)
      }
      phase = .working(exchange, .inference(try begin(call, of: model, exchange, now: now), call))
    } catch {
      context.loop.metrics.requestsRefused.add()
      log(exchange, call, of: nil, RequestOutcome(error), error.code)
      reject(error, exchange, now: now)
    }
  }

  private func begin(
    _ call: InferenceCall, of model: LoadedModel, _ exchange: HTTPExchange, now: Instant
  ) throws(HTTPProblem) -> RequestIndex {
    let imagesMax = context.loop.limits.perConnection.imagesPerRequestMax
    guard call.imageCount <= imagesMax else {
      throw HTTPProblem(
        .contentTooLarge, code: "too_many_images",
        "expected at most \(imagesMax) images in a request, got \(call.imageCount)")
    }
    let request = InferenceRequest(
      model: model, pixelType: call.pixelType.ofModel, isRaw: call.isRaw,
      imageCount: call.imageCount, deadlineMicroseconds: call.deadlineMicroseconds, asker: self,
      tag: exchange.number)
    let service = context.loop.inference
    do throws(Rejection) {
      let index = try service.begin(request, now: now)
      call.pixels.withUnsafeBytes { service.fill(index, with: $0) }
      try service.finishFilling(index, now: now)
      return index
    } catch {
      throw HTTPProblem(error, usualRetryAfter: context.loop.limits.retryAfterMilliseconds)
    }
  }

  package func answer(_ answer: borrowing InferenceAnswer) {
    guard case .working(let exchange, .inference(let request, let call)) = phase else {
      preconditionFailure("only a request that is worked on is answered")
    }
    let now = Instant.now
    switch answer.outcome {
    case .computed(let result):
      context.loop.metrics.requestsAnswered.add()
      log(exchange, summary(of: request), .answered)
      let reply = InferenceReply(
        result, totalMicroseconds: now.microseconds(since: exchange.arrived))
      respond(HTTPResponse(call.encode(reply)), to: exchange, now: now)
    case .rejected(let rejection):
      context.loop.metrics.requestsRefused.add()
      let problem = HTTPProblem(
        rejection, usualRetryAfter: context.loop.limits.retryAfterMilliseconds)
      log(exchange, summary(of: request), RequestOutcome(rejection), problem.code)
      reject(problem, exchange, now: now)
    }
  }
}

extension InferenceReply {
  init(_ result: borrowing InferenceResult, totalMicroseconds: UInt64) {
    self.init(of: result.model)
    probabilities.reserveCapacity(result.imageCount * classCount)
    result.forEachImage { probabilities.append(contentsOf: $0) }
    queueMicroseconds = result.queueMicroseconds
    computeMicroseconds = result.computeMicroseconds
    self.totalMicroseconds = totalMicroseconds
  }

  /// Without an image.
  init(of model: LoadedModel) {
    self.init(
      modelName: model.name, modelVersion: model.version, precision: model.precision.rawValue,
      labels: model.labels)
    rejectionThreshold = model.facts.rejectionThreshold
  }
}
