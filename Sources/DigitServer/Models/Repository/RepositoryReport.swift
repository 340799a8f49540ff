/// What a repository is asked to do.
package enum RepositoryCommand: Equatable, Sendable {
  /// Look at the folder again.
  case reload
  /// The same, and serve a model that was unloaded.
  case load(String)
  /// Serve a model no longer, until it is loaded again.
  case unload(String)
}

/// What came of it.
package struct RepositoryReport: Equatable, Sendable {
  package enum Outcome: Equatable, Sendable {
    /// Other models are served than before, or under other names.
    case changed
    case unchanged
    /// Something is refused; what else has changed is served.
    case refused
  }

  /// Versions that are served since, or anew.
  package var loadedCount = 0
  /// Versions that are served no longer.
  package var removedCount = 0
  /// Whether aliases or the default have changed.
  package var hasOtherNames = false
  package var refusals: [ModelRefusal] = []
  /// Of models and aliases that are served; none where the reload was refused whole, or was about a
  /// model that there is not.
  package var names: Set<String> = []

  package init() {}

  package var outcome: Outcome {
    if !refusals.isEmpty { return .refused }
    return loadedCount + removedCount > 0 || hasOtherNames ? .changed : .unchanged
  }

  init(_ settled: RepositoryState.Settled) {
    loadedCount = settled.loaded.count
    removedCount = settled.removed.count
    hasOtherNames = settled.hasOtherNames
    refusals = settled.served.refusals
    names = settled.served.names
  }

  /// Of what refuses everything.
  init(refusing name: String, _ reason: String) {
    refusals = [ModelRefusal(name: name, version: nil, reason: reason)]
  }
}
