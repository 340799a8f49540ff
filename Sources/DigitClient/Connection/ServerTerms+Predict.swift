import DigitHandshake
import DigitWire

extension ServerTerms {
  /// The PREDICT that asks `question`, and the model that will answer; its deadline is set when
  /// it is sent.
  ///
  /// - Throws: `unknownModel`, `invalidImages`, `tooManyImages`.
  func predict(
    for question: PredictQuestion
  ) throws(DigitClientError) -> (Predict, ModelEntry) {
    let images = question.images
    guard images.count > 0, images.count * ProtocolLimits.pixelsPerImage == images.valueCount
    else { throw .invalidImages(valueCount: images.valueCount) }
    let limit = imagesMax(images.pixelType)
    guard images.count <= limit else { throw .tooManyImages(count: images.count, limit: limit) }
    guard let model = model(question.choice.name) else {
      throw .unknownModel(question.choice.name, known: models.map(\.name))
    }
    let predict = Predict(
      imageCount: images.count, pixelType: images.pixelType, returns: question.returns,
      modelHandle: question.choice.name == nil ? 0 : model.handle,
      modelVersion: question.choice.version, isRaw: images.isConditioned)
    return (predict, model)
  }
}
