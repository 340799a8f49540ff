/// What our own interface tells beside the predictions.
package enum PredictAnswer: Equatable, Sendable {
  /// Images came as pixels.
  case images
  /// A picture came.
  case picture(ReadPicture)
}
