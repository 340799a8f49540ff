import DigitFiles
import DigitModel
import FileAccess
import Foundation

/// What is told of a model beside its answers.
package struct ModelFacts: Equatable, Sendable {
  /// Share of the test images read right in the precision that is served, as the model's card has
  /// it; nil where there is no card, or where it is that of other weights.
  package var accuracy: Double?
  package var parameterCount = 0
  /// Of the model's file.
  package var byteCount = 0

  package init() {}
}

extension ModelFacts {
  /// What the file of weights and the card beside it say: `NAME.json` beside `NAME.safetensors`.
  init(weightsPath: String, network: Network, precision: DigitModel.Precision) {
    parameterCount = (try? NetworkSize(network))?.parameterCount ?? 0
    guard
      let weights = try? InputFile.read(
        weightsPath, limit: ModelLimits.fileByteCountMax, kinds: .files)
    else { return }
    byteCount = weights.count
    let cardPath = weightsPath.dropLast(".safetensors".count) + ".json"
    guard let card = Card(path: String(cardPath)),
      card.weightsSHA256 == SHA256.hexDigest(of: weights)
    else { return }
    accuracy = card.accuracy(in: precision)
  }

  /// Those parts of a card that are told; `digitlab` writes it.
  private struct Card: Decodable {
    struct Test: Decodable { var accuracy: Double? }
    struct Narrow: Decodable { var test: Test? }

    var test: Test?
    var precisions: [String: Narrow]?
    var weightsSHA256: String

    enum CodingKeys: String, CodingKey {
      case test, precisions
      case weightsSHA256 = "weights_sha256"
    }

    private static let byteCountMax = 1 << 20

    /// Nil where there is none, or what is there is no card: a model is served without one.
    init?(path: String) {
      guard let bytes = try? InputFile.read(path, limit: Self.byteCountMax, kinds: .files),
        let card = try? JSONDecoder().decode(Card.self, from: Data(bytes))
      else { return nil }
      self = card
    }

    func accuracy(in precision: DigitModel.Precision) -> Double? {
      switch precision {
      case .float32: test?.accuracy
      case .bfloat16, .int8: precisions?[precision.rawValue]?.test?.accuracy
      }
    }
  }
}
