/// What the Open Inference Protocol's answer must hold.
package struct OpenInferenceAnswer: Equatable, Sendable {
  package enum Tensor: String, CaseIterable, Sendable {
    /// FP32 [N, classes].
    case probabilities
    /// INT64 [N]: the index of the most probable class.
    case label
  }

  package struct Output: Equatable, Sendable {
    package var tensor: Tensor
    /// Whether its values follow the JSON as bytes.
    package var isBinary = false
    /// The classification extension: instead of the values so many classes, the most probable
    /// first, each as a text "value:index:name"; nil for the values.
    package var classificationCount: Int?
  }

  /// The request's own, echoed.
  package var id: String?
  package var outputs: [Output]
}
