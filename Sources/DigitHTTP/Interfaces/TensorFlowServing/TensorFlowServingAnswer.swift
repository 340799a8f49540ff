/// In which of TensorFlow Serving's two formats the answer is: that of the request.
package enum TensorFlowServingAnswer: Equatable, Sendable {
  /// `instances` were sent, `predictions` come back.
  case rows
  /// `inputs` were sent, `outputs` come back.
  case columns
}
