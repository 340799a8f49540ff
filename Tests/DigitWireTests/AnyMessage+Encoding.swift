import DigitWire
import ProtocolFixtures

extension AnyMessage {
  /// The whole frame as DigitWire writes it.
  func encoded(id: UInt64) -> [UInt8] {
    switch self {
    case .whole(let message): message.frame(id: id)
    case .streamed(let message, let payload): message.frame(id: id, payload: payload)
    case .result(let result, let payload):
      result.frame(id: id, payload: result.encodedAgain(payload))
    }
  }
}

extension PredictResult {
  /// The records read and written again.
  fileprivate func encodedAgain(_ payload: [UInt8]) -> [UInt8] {
    lend(payload) { bytes in
      let records = records(bytes)
      let images = 0..<imageCount
      guard let classCount = records.classCount else {
        return self.payload(images.map { records.topOne(of: $0) })
      }
      return self.payload(
        images.map { image in
          (0..<classCount).map { records.probability(of: $0, image: image) }
        })
    }
  }
}
