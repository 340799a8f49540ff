import DigitFiles
import DigitModel
import DigitTraining
import FileAccess
import Foundation
import ProgramShell

/// The provenance of a model: enough to reproduce it, and its results.
struct ModelCard: Codable, Equatable {
  var name: String
  var architecture: String
  var parameterCount: Int
  /// How it was trained, as the next four; nil of a cascade, whose stages were trained before.
  var recipe: Recipe?
  var seed: UInt64?
  var threads: Int?
  var trainingImageCount: Int?
  /// The SHA-256 of each data file, uncompressed.
  var dataSHA256: [String: String]
  /// On the test images of the data folder (those of MNIST unless it has its own), which decided
  /// nothing; nil where images were held out to choose settings by.
  var test: TestResult?
  /// Nil where every image was learnt from, and where they were drawn by the seed.
  var heldOut: HeldOut?
  /// The mean over the last epoch, augmentation and dropout included.
  /// Nil where no epoch was trained.
  var lastTrainingLoss: Double?
  var trainingSeconds: Double?
  var machine: Machine
  /// The SHA-256 of the weights file.
  var weightsSHA256: String
  /// What to type to make the model again.
  var command: String
  /// How its probabilities were fitted to how often it is right; nil where they were not.
  var confidence: ConfidenceResult?
  /// What a cascade was put together from; nil of what is none.
  var cascade: CascadeResult?
  /// What narrower numbers than float32 cost, by the precision's name.
  var precisions: [String: NarrowResult]?
  /// What the model says of a few images, for those who load it.
  var selfTest: SelfTest?
}

/// The training images that a model has not learnt from.
struct HeldOut: Codable, Equatable {
  /// As `--fold` has it, such as 1/5.
  var fold: String
  /// How many images were divided into folds.
  var imageCount: Int
}

/// What fitting a model's confidence changed, on held-out images.
struct ConfidenceResult: Codable, Equatable {
  var temperature: Float
  /// Which 99 of a hundred held-out digits reach.
  var rejectionThreshold: Float
  /// The folds of the models that it was fitted with.
  var folds: [String]
  var imageCount: Int
  var before: Figures
  var after: Figures
  /// What to type, after the model is made, to fit it again.
  var command: String

  struct Figures: Codable, Equatable {
    var accuracy: Double
    /// Mean cross-entropy of the true label.
    var loss: Double
    var expectedCalibrationError: Double
  }
}

/// The stages of a cascade, and what it came to on held-out images.
struct CascadeResult: Codable, Equatable {
  struct Stage: Codable, Equatable {
    var name: String
    var weightsSHA256: String
    /// An image whose most probable class has less goes on; nil of the last stage.
    var below: Float?
    /// Of all images, those that came to the stage.
    var share: Float
  }

  var stages: [Stage]
  /// Multiplications and additions for one image, on the average.
  var meanOperationCount: Double
  /// Nil where shares were counted on images that the stages had learnt from.
  var heldOut: Figures?

  struct Figures: Codable, Equatable {
    /// The folds of the models that were asked.
    var folds: [String]
    var imageCount: Int
    var accuracy: Double
    var expectedCalibrationError: Double
    /// Of each stage, did it answer all images.
    var stageAccuracies: [Double]
  }
}

/// A model in a narrow precision.
struct NarrowResult: Codable, Equatable {
  var gate: PrecisionCalibration.Gate
  /// Nil where the gate refused it.
  var test: TestResult?
  /// What to type, after the model is made, to calibrate it again.
  var command: String
}

extension ModelCard {
  /// - Throws: `FileError`; `Failure` where the file is no card.
  init(readingFrom path: String) throws {
    let json = Data(try InputFile.read(path, limit: 1 << 20, kinds: .files))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom(Self.propertyName)
    do {
      self = try decoder.decode(ModelCard.self, from: json)
    } catch {
      throw Failure("\(path): expected the card of a model: \(jsonProblem(error))")
    }
  }

  /// As JSON with sorted keys in snake_case, so that cards can be compared line by line.
  var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self) + Data("\n".utf8)
    }
  }

  /// The property that a key stands for: in snake_case, or as older cards have it.
  private static func propertyName(_ path: [any CodingKey]) -> any CodingKey {
    let key = path[path.count - 1]
    let words = key.stringValue.split(separator: "_", omittingEmptySubsequences: false)
    guard key.intValue == nil, words.count > 1, !words.contains("") else { return key }
    let name =
      words[0]
      + words.dropFirst().map { $0 == "sha256" ? "SHA256" : $0.capitalized }
      .joined()
    return Name(stringValue: String(name))
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
