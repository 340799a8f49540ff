import DigitModel

/// What is told of a model beside its answers.
package struct ModelFacts: Equatable, Sendable {
  /// Share of the test images read right in the precision that is served, as the model's card has
  /// it; nil where there is no card.
  package var accuracy: Double?
  package var parameterCount = 0
  /// Of the model's file.
  package var byteCount = 0
  /// Below which probability an image shows none of the classes; nil where the file does not say.
  package var rejectionThreshold: Float?

  package init() {}

  init(_ plan: Plan, fileByteCount: Int, confidence: Confidence?, card: ModelCard?) {
    rejectionThreshold = confidence?.rejectionThreshold
    parameterCount = (try? NetworkSize(plan.network))?.parameterCount ?? 0
    byteCount = fileByteCount
    accuracy = card?.accuracy(in: plan.precision)
  }
}
