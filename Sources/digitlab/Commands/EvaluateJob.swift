import Arguments
import DigitEvaluation
import DigitFiles
import DigitModel
import DigitReport
import DigitTraining
import Foundation
import PlainText
import ProgramShell

/// `digitlab evaluate` as typed.
struct EvaluateOptions {
  var model = ""
  var models = DataPlaces.ofProcess.modelsFolder
  var precision = Precision.float32
  var images: String?
  var labels: String?
  var data: String?
  var limit: Int?
  var predictions: String?
  var probabilities: String?
  var report: String?
  var json = false
}

/// `digitlab evaluate`: runs a model over labelled images in this process.
struct EvaluateJob: Job {
  let options: EvaluateOptions

  func run() throws {
    let interruption = Interruption.watch()
    let (all, plan, confidence, outputs) = try interruption.ending(
      with: Self.interruptedEarly, load)
    let images = options.limit.map(all.prefix) ?? all
    if let hint = DataHint(images) { warn(hint) }
    let start = ContinuousClock.now
    let probabilities = try plan.probabilities(of: images) { interruption.isRequested }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let doneCount = probabilities.count / plan.classCount
    guard doneCount > 0 else { throw Failure(Self.interruptedEarly) }
    let isWhole = doneCount == images.count
    let done = isWhole ? images : images.prefix(doneCount)
    let evaluation = Evaluation(probabilities: probabilities, labels: done.labels)
    try outputs.write(labels: evaluation.predictions, probabilities: probabilities)
    let report = EvaluationReport(
      evaluation, model: options.model, precision: plan.precision, confidence: confidence,
      seconds: seconds, isTestSet: all.isMNISTTestSet)
    outputs.reportStream.write(
      options.json ? String(decoding: try jsonLine(report), as: UTF8.self) : report.text)
    try writeFolder(report, evaluation, done)
    guard isWhole else {
      throw Failure("interrupted: the figures are those of \(doneCount) of \(images.count) images")
    }
    try warnOfOrientation(done, evaluation, plan)
  }

  private static let interruptedEarly = "interrupted before any image was read"

  private func load() throws -> (ImageSet, Plan, Confidence?, AnswerOutputs) {
    let images = try DataFolder(options.data).images(options.images, options.labels)
    let outputs = try AnswerOutputs(
      predictions: options.predictions, probabilities: options.probabilities,
      notReplacing: [
        options.images, options.labels, Model.path(options.model, in: options.models),
      ])
    let model = try Model(named: options.model, in: options.models)
    return (
      images, try Plan(model, precision: options.precision), try model.confidence(), outputs
    )
  }

  private func warn(_ hint: DataHint) {
    StandardStream.errors.write("digitlab: \(hint)\n")
  }

  /// Looks whether the images would be read much better with rows and columns exchanged.
  private func warnOfOrientation(
    _ images: ImageSet, _ evaluation: Evaluation, _ plan: Plan
  ) throws {
    guard let sample = images.orientationSample(after: evaluation.score) else { return }
    let turned = Evaluation(
      probabilities: try plan.probabilities(of: sample), labels: sample.labels)
    let stored = evaluation.score(in: 0..<sample.count) ?? evaluation.score
    if let hint = DataHint(stored: stored, transposed: turned.score) { warn(hint) }
  }

  /// Writes the report's folder where one is wanted.
  private func writeFolder(
    _ report: EvaluationReport, _ evaluation: Evaluation, _ images: ImageSet
  ) throws {
    guard let folder = options.report else { return }
    try Report(
      of: evaluation, title: options.model, verdict: nil,
      origin: Origin(others: [["versions", "digitlab \(productVersion)"]]),
      facts: report.facts, images: images, json: try jsonLine(report)
    ).write(to: folder, isQuiet: options.json)
  }
}

extension EvaluateJob {
  static var command: Command<any Job> {
    Command(
      "evaluate", summary: "Measure a model on labelled images, without a server.",
      discussion: """
        Of the MNIST test set the halves are told apart: the first 5,001 images are by school
        students, the others by clerks. Ctrl-C prints the figures of the images that were read so
        far, with exit status 1.

        A report is a page, report.html, that needs no other file, and beside it report.json,
        mistakes.png, and confusion and calibration as .svg and .png. gnuplot draws the latter;
        without it there are none, with a warning.

        Examples:
          digitlab evaluate --model cnn-28 --predictions cnn-28.txt
          digitlab evaluate --model cnn-28 --report cnn-28-report
        """,
      defaults: EvaluateOptions(), parameters: parameters, make: EvaluateJob.init)
  }

  private static var parameters: [Parameter<EvaluateOptions>] {
    [
      .option(
        "--model", into: \.model, value: "NAME", required: true,
        help: "The model: a name in the models folder, or a .safetensors file."),
      .option("--models", into: \.models, value: "DIR", help: "The models folder.")
        .withDefault(DataPlaces.modelsDefault),
      .precision(into: \.precision),
      .option(
        "--images", into: \.images, value: "FILE",
        help: "IDX file of images, plain or gzipped (default: the MNIST test images)."),
      .option(
        "--labels", into: \.labels, value: "FILE", help: "IDX file of the labels of --images."),
      .option(
        "--data", into: \.data, value: "DIR",
        help: "Folder of the MNIST files (default: where ./dev fetch-mnist puts them)."),
      .option(
        "--limit", into: \.limit, value: "N", in: 1...100_000_000,
        help: "Use only the first N images."),
      .option(
        "--predictions", into: \.predictions, value: "FILE",
        help: "Write a line \"index label\" for each image."),
      .option(
        "--probabilities", into: \.probabilities, value: "FILE",
        help: "Write all probabilities as little-endian float32, one row for each image."),
      .option(
        "--report", into: \.report, value: "DIR",
        help: "Write a page with charts and the worst mistakes into this folder."),
      .flag("--json", into: \.json, help: "Print the result as one line of JSON."),
    ]
  }
}
