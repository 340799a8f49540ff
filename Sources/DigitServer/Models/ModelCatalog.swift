/// The models that are served at one time, in the order in which doors list them. Immutable: when
/// models change, each loop gets another catalog, and requests keep the models they began with.
package final class ModelCatalog: Sendable {
  package let models: [LoadedModel]
  private let defaultIndex: Int

  /// - Parameter defaultName: the first model where nil.
  /// - Precondition: not empty, and the default is among the models.
  package init(_ models: [LoadedModel], defaultName: String? = nil) {
    precondition(!models.isEmpty)
    self.models = models
    guard let defaultName else {
      defaultIndex = 0
      return
    }
    defaultIndex = models.firstIndex { $0.name == defaultName }!
  }

  /// What serves requests that name no model.
  package var defaultModel: LoadedModel { models[defaultIndex] }

  package func isDefault(_ index: Int) -> Bool { index == defaultIndex }

  /// Few models are served: a search costs less than a table.
  package func model(named name: String) -> LoadedModel? { models.first { $0.name == name } }
}
