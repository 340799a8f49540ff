import Arguments
import DigitFiles
import DigitModel
import FileAccess
import PlainText
import ProgramShell

/// `digitlab self-test`: records in a model's card what the model says of a few images.
struct SelfTestJob: Job {
  struct Options {
    var model = ""
    var models = DataPlaces.ofProcess.modelsFolder
    var data: String?
  }

  let options: Options

  func run() throws {
    let path = Model.path(options.model, in: options.models)
    let model = try Model(named: options.model, in: options.models)
    let cardPath = path.dropLast(".safetensors".count) + ".json"
    var card = try ModelCard(readingFrom: String(cardPath))
    let sum = try Model.weightsSHA256(path)
    guard card.weightsSHA256 == sum else {
      throw Failure(
        "\(cardPath): expected the card of \(path), whose SHA-256 is \(sum), "
          + "got that of other weights")
    }
    card.selfTest = try SelfTest(of: model, images: DataFolder(options.data).testImages())
    try OutputFile(String(cardPath)).write(try card.json)
    say("Wrote \(cardPath)".escaped)
  }

  static var command: Command<any Job> {
    Command(
      "self-test", summary: "Record in a model's card what it says of a few images.",
      discussion: """
        digitd computes them again when it loads the model, and refuses a file that answers \
        otherwise. digitlab train records them for the models that it makes.
        """,
      defaults: Options(),
      parameters: [
        .option(
          "--model", into: \.model, value: "NAME", required: true,
          help: "The model: a name in the models folder, or a .safetensors file."),
        .option("--models", into: \.models, value: "DIR", help: "The models folder.")
          .withDefault(DataPlaces.modelsDefault),
        .option(
          "--data", into: \.data, value: "DIR",
          help: "Folder of the MNIST files (default: where ./dev fetch-mnist puts them)."),
      ], make: SelfTestJob.init)
  }
}

extension SelfTest {
  /// So many images find what computes otherwise, and keep a card short.
  private static let recordedCount = 4

  /// Of the first images; of a cascade, also of one that every stage but the last is least sure
  /// of: other builds and precisions must not take it for one that goes no further.
  init(of model: Model, images: ImageSet) throws {
    let plan = try Plan(model)
    var chosen = Array(0..<min(Self.recordedCount, images.count))
    if plan.stagePlans.count > 1 { chosen = try Self.choice(for: plan, images) }
    let size = images.pixelsPerImage
    self.init(
      of: plan,
      images: chosen.map { Array(images.pixels[$0 * size..<($0 + 1) * size]) })
  }

  /// The first images that the first stage is surest of, and for each later stage the one that
  /// those before it are least sure of.
  private static func choice(for plan: Plan, _ images: ImageSet) throws -> [Int] {
    let some = images.prefix(min(images.count, lookedAtCount))
    let most = try plan.stagePlans.dropLast().map { stage in
      let probabilities = try stage.probabilities(of: some)
      return (0..<some.count).map { image in
        probabilities[image * plan.classCount..<(image + 1) * plan.classCount].max()!
      }
    }
    let sure = some.labels.indices.filter { most[0][$0] > sureMin }.prefix(recordedCount - 1)
    let unsure = most.indices.map { stage in
      let doubt = { (image: Int) in most[...stage].map { $0[image] }.max()! }
      return some.labels.indices.min { doubt($0) < doubt($1) }!
    }
    return Array((sure + unsure).prefix(imageCountMax))
  }

  /// Where the images are looked for that tell the stages of a cascade apart.
  private static let lookedAtCount = 2_000
  private static let sureMin: Float = 0.99
}
