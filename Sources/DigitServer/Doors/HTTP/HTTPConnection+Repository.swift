import DigitHTTP
import EventLoop

/// Models that are loaded and unloaded by clients, as KServe and Triton have it.
extension HTTPConnection {
  func administer(
    _ change: HTTPRoute.RepositoryRoute, _ exchange: HTTPExchange, now: Instant
  ) throws(HTTPProblem) {
    guard let repository = context.loop.repository else {
      throw HTTPProblem(
        .forbidden, code: "permission_denied",
        "expected a server that can load models, got one whose models stay")
    }
    phase = .working(exchange, .repository)
    // Held until then: the connection may be done with meanwhile, and is not answered then.
    let isTaken = repository.request(change.command) { [self] report in
      administered(change, report)
    }
    guard !isTaken else { return }
    throw HTTPProblem(
      .serviceUnavailable, code: "overloaded",
      "expected room among the reloads that wait, got none: send it again later",
      retryAfterSeconds: 1)
  }

  private func administered(_ change: HTTPRoute.RepositoryRoute, _ report: RepositoryReport) {
    guard case .working(let exchange, .repository) = phase else { return }
    let now = Instant.now
    do throws(HTTPProblem) {
      respond(HTTPResponse(try answer(change, report)), to: exchange, now: now)
    } catch {
      reject(error, exchange, now: now)
    }
  }

  private func answer(
    _ change: HTTPRoute.RepositoryRoute, _ report: RepositoryReport
  ) throws(HTTPProblem) -> EncodedBody {
    let name: String
    let isDone: Bool
    switch change {
    case .load(let model): (name, isDone) = (model, report.names.contains(model))
    case .unload(let model):
      (name, isDone) = (model, !report.names.isEmpty && !report.names.contains(model))
    }
    // What is wrong with other models is told in the index.
    let refusals = report.refusals.filter { $0.name == name || report.names.isEmpty }
    guard isDone, refusals.isEmpty else {
      guard refusals.isEmpty else {
        throw HTTPProblem(
          .unprocessableContent, code: "not_loaded",
          refusals.map(\.sentence).joined(separator: "; "))
      }
      throw HTTPProblem(
        .notFound, code: "unknown_model",
        "expected a model that lies in the model folder, got '\(name)'")
    }
    switch change {
    case .load: return OpenInference.loading(of: name)
    case .unload: return OpenInference.unloading(of: name)
    }
  }
}

extension HTTPRoute.RepositoryRoute {
  fileprivate var command: RepositoryCommand {
    switch self {
    case .load(let name): .load(name)
    case .unload(let name): .unload(name)
    }
  }
}
