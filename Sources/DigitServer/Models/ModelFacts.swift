import DigitModel

/// What is told of a model beside its answers.
package struct ModelFacts: Equatable, Sendable {
  /// Share of the test images read right in the precision that is served, as the model's card has
  /// it; nil where there is no card.
  package var accuracy: Double?
  package var parameterCount = 0
  /// Of the model's file.
  package var byteCount = 0

  package init() {}

  init(_ plan: Plan, fileByteCount: Int, card: ModelCard?) {
    parameterCount = (try? NetworkSize(plan.network))?.parameterCount ?? 0
    byteCount = fileByteCount
    accuracy = card?.accuracy(in: plan.precision)
  }
}
