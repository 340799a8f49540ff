import DigitHTTP

/// What a path of the HTTP door stands for.
package enum HTTPRoute: Equatable, Sendable {
  /// The page and its files.
  case asset(path: String)
  case live
  case ready
  case metrics
  case openAPI
  /// Our own list of the models.
  case models
  case inference(InferenceRoute)
  case openInference(OpenInferenceRoute)
  case tensorFlowServing(TensorFlowServingRoute)
  case repository(RepositoryRoute)

  /// The Open Inference Protocol (KServe's version 2).
  package enum OpenInferenceRoute: Equatable, Sendable {
    case server
    case live
    case ready
    case repositoryIndex
    /// Statistics of all models.
    case statistics
    case model(ModelPath, ModelAspect)
  }

  /// What KServe and Triton have for loading models.
  package enum RepositoryRoute: Equatable, Sendable {
    case load(String)
    case unload(String)
  }

  package enum ModelAspect: Equatable, Sendable { case metadata, ready, config, statistics }

  package enum TensorFlowServingRoute: Equatable, Sendable {
    case status(ModelPath)
    case metadata(ModelPath)
  }

  /// A model as a path names it.
  package struct ModelPath: Equatable, Sendable {
    package var name: String
    /// Nil for the version that is served.
    package var version: UInt32?

    package init(name: String, version: UInt32? = nil) {
      self.name = name
      self.version = version
    }
  }

  /// Nil where nothing is at the path.
  package init?(path: String) {
    let segments = path.split(separator: "/").map(String.init)
    switch (segments.first, path.hasSuffix("/") && path != "/") {
    case ("v1", false): self.init(v1: segments.dropFirst())
    case ("v2", false): self.init(v2: segments.dropFirst())
    default:
      switch path {
      case "/livez": self = .live
      case "/readyz": self = .ready
      case "/metrics": self = .metrics
      case "/openapi.json": self = .openAPI
      default:
        guard PageAssets.asset(at: path) != nil else { return nil }
        self = .asset(path: path)
      }
    }
  }

  private init?(v1 segments: ArraySlice<String>) {
    switch segments.first {
    case "predict" where segments.count == 1: self = .inference(.predict)
    case "models" where segments.count == 1: self = .models
    case "models":
      self.init(tensorFlowServing: segments.dropFirst())
    default: return nil
    }
  }

  private init?(v2 segments: ArraySlice<String>) {
    switch Array(segments) {
    case []: self = .openInference(.server)
    case ["health", "live"]: self = .openInference(.live)
    case ["health", "ready"]: self = .openInference(.ready)
    case ["repository", "index"]: self = .openInference(.repositoryIndex)
    case let parts where parts.count == 4 && parts.starts(with: ["repository", "models"]):
      switch parts[3] {
      case "load": self = .repository(.load(parts[2]))
      case "unload": self = .repository(.unload(parts[2]))
      default: return nil
      }
    case ["models", "stats"]: self = .openInference(.statistics)
    case let parts where parts.first == "models":
      guard let (model, rest) = ModelPath.split(parts.dropFirst()) else { return nil }
      switch rest {
      case []: self = .openInference(.model(model, .metadata))
      case ["ready"]: self = .openInference(.model(model, .ready))
      case ["config"]: self = .openInference(.model(model, .config))
      case ["stats"]: self = .openInference(.model(model, .statistics))
      case ["infer"]:
        self = .inference(.openInference(model: model.name, version: model.version))
      default: return nil
      }
    default: return nil
    }
  }

  private init?(tensorFlowServing segments: ArraySlice<String>) {
    var segments = segments
    guard let last = segments.last else { return nil }
    let verb = ":predict"
    let isPrediction = last.hasSuffix(verb)
    if isPrediction { segments[segments.endIndex - 1] = String(last.dropLast(verb.count)) }
    guard let (model, rest) = ModelPath.split(segments) else { return nil }
    switch (isPrediction, rest) {
    case (true, []):
      self = .inference(.tensorFlowServing(model: model.name, version: model.version))
    case (false, []): self = .tensorFlowServing(.status(model))
    case (false, ["metadata"]): self = .tensorFlowServing(.metadata(model))
    case (true, _), (false, _): return nil
    }
  }

  package var methods: [HTTPMethod] {
    switch self {
    case .asset, .live, .ready, .metrics, .openAPI, .models: [.get, .head]
    case .inference, .repository, .openInference(.repositoryIndex): [.post]
    case .openInference, .tensorFlowServing: [.get, .head]
    }
  }

  /// Whether a request's body is for anything.
  package var takesBody: Bool { methods == [.post] }

  /// Whether anybody may ask, where the server wants a token: what tells no more than that it is
  /// here, and the page, which asks its user for the token.
  package var isPublic: Bool {
    switch self {
    case .asset, .live, .ready, .openAPI, .openInference(.live), .openInference(.ready): true
    case .metrics, .models, .inference, .openInference, .tensorFlowServing, .repository: false
    }
  }

  /// What a token must be good for; nil where any will do.
  var scope: Scopes? {
    switch self {
    case .inference: .predict
    case .metrics, .openInference(.statistics), .openInference(.model(_, .statistics)): .stats
    case .repository: .admin
    case .asset, .live, .ready, .openAPI, .models, .openInference, .tensorFlowServing: nil
    }
  }
}

extension HTTPRoute.ModelPath {
  /// The model that the first segments name, and the rest of them.
  fileprivate static func split(_ segments: ArraySlice<String>) -> (Self, rest: [String])? {
    guard let name = segments.first, !name.isEmpty else { return nil }
    let rest = segments.dropFirst()
    guard rest.first == "versions" else { return (Self(name: name), Array(rest)) }
    guard let version = rest.dropFirst().first.flatMap({ UInt32($0) }) else { return nil }
    return (Self(name: name, version: version), Array(rest.dropFirst(2)))
  }
}
