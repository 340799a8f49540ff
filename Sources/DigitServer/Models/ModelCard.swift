import DigitModel
import FileAccess
import Foundation

/// Those parts of a model's card that a server uses; `digitlab` writes it.
struct ModelCard: Decodable {
  struct Test: Decodable { var accuracy: Double? }
  struct Narrow: Decodable { var test: Test? }

  var test: Test?
  var precisions: [String: Narrow]?
  /// Of the weights' file, in hexadecimal.
  var weightsSHA256: String
  var selfTest: SelfTest?

  enum CodingKeys: String, CodingKey {
    case test, precisions
    case weightsSHA256 = "weights_sha256"
    case selfTest = "self_test"
  }

  private static let byteCountMax = 1 << 20

  /// The card lies beside the weights: `NAME.json` beside `NAME.safetensors`.
  static func path(ofWeights path: String) -> String {
    path.dropLast(RepositoryListing.suffix.count) + ".json"
  }

  /// Nil where there is none, or what is there is no card: a model is served without one.
  init?(path: String) {
    guard let bytes = try? InputFile.read(path, limit: Self.byteCountMax, kinds: .files),
      let card = try? JSONDecoder().decode(ModelCard.self, from: Data(bytes))
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
