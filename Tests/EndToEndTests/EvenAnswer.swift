import DigitWire
import ProtocolFixtures

/// WELCOME, or the same probability for all digits of each image.
func evenAnswer(to frame: Frame) -> [UInt8] {
  guard frame.type == .predict, let predict = try? Predict(frame.header) else {
    return Welcome(
      limits: ConnectionLimits(),
      models: [ModelEntry(handle: 1, name: "tiny", version: 1, isDefault: true)]
    ).frame()
  }
  let result = PredictResult(
    modelVersion: 1, queueMicroseconds: 0, computeMicroseconds: 0,
    imageCount: predict.imageCount, returns: .probabilities, classCount: 10)
  let rows = (0..<predict.imageCount).map { _ in [Float](repeating: 0.1, count: 10) }
  return result.frame(id: frame.header.requestID, payload: result.payload(rows))
}
