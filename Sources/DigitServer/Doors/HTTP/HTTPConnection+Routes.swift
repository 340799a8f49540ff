import DigitHTTP
import EventLoop

/// What a request that is whole gets.
extension HTTPConnection {
  func perform(_ route: HTTPRoute, for exchange: HTTPExchange, now: Instant) {
    do {
      switch route {
      case .inference(let route): try prepare(route, exchange, now: now)
      case .repository(let change): try administer(change, exchange, now: now)
      case .asset, .live, .ready, .metrics, .openAPI, .models, .openInference, .tensorFlowServing:
        respond(try answer(route, exchange, now: now), to: exchange, now: now)
      }
    } catch {
      reject(error, exchange, now: now)
    }
  }

  func reject(_ problem: HTTPProblem, _ exchange: HTTPExchange, now: Instant) {
    respond(HTTPResponse(problem, requestID: exchange.id), to: exchange, now: now)
  }

  private func answer(
    _ route: HTTPRoute, _ exchange: HTTPExchange, now: Instant
  ) throws(HTTPProblem) -> HTTPResponse {
    switch route {
    case .asset(let path):
      HTTPResponse(
        PageAssets.asset(at: path)!, ifNoneMatch: exchange.head.first("if-none-match"))
    case .live: .text("ok\n")
    case .ready: try ready(.text("ok\n"))
    case .metrics: metrics(accept: exchange.head.first("accept"), now: now)
    case .openAPI: HTTPResponse(.ok, contentType: "application/json", OpenAPIDocument.bytes)
    case .models: HTTPResponse(PredictInterface.models(context.servedModels()))
    case .openInference(let route): try answer(route)
    case .tensorFlowServing(.status(let path)):
      HTTPResponse(TensorFlowServing.status(of: try context.servedModel(path)))
    case .tensorFlowServing(.metadata(let path)):
      HTTPResponse(TensorFlowServing.metadata(of: try context.servedModel(path)))
    case .inference, .repository: preconditionFailure("begun above")
    }
  }

  private func answer(
    _ route: HTTPRoute.OpenInferenceRoute
  ) throws(HTTPProblem) -> HTTPResponse {
    switch route {
    case .server: HTTPResponse(OpenInference.server(version: context.version))
    case .live: HTTPResponse(OpenInference.liveness(true))
    case .ready: try ready(HTTPResponse(OpenInference.readiness(true)))
    case .repositoryIndex: HTTPResponse(OpenInference.index(of: context.indexedModels()))
    case .statistics: HTTPResponse(OpenInference.statistics(of: context.servedVersions()))
    case .model(let path, let aspect):
      try answer(aspect, of: try context.servedModel(path))
    }
  }

  private func answer(
    _ aspect: HTTPRoute.ModelAspect, of model: ServedModel
  ) throws(HTTPProblem) -> HTTPResponse {
    switch aspect {
    case .metadata: HTTPResponse(OpenInference.metadata(of: model))
    case .ready: try ready(HTTPResponse(OpenInference.readiness(of: model)))
    case .config:
      HTTPResponse(OpenInference.configuration(of: model, limits: context.inferenceLimits))
    case .statistics: HTTPResponse(OpenInference.statistics(of: [model]))
    }
  }

  private func ready(_ response: HTTPResponse) throws(HTTPProblem) -> HTTPResponse {
    guard context.loop.isReady else {
      let state = context.loop.isDraining ? "that is stopping" : "with a worker that hangs"
      throw HTTPProblem(
        .serviceUnavailable, code: "not_ready",
        "expected a server that takes requests, got one \(state)", retryAfterSeconds: 1)
    }
    return response
  }

  private func metrics(accept: String?, now: Instant) -> HTTPResponse {
    let format = ExpositionFormat(accept: accept)
    return HTTPResponse(
      .ok, contentType: format.contentType,
      Exposition.text(context.loop.figures.families(now: now), as: format))
  }
}
