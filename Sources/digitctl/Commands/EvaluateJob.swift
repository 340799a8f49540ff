import Arguments
import DigitClient
import DigitEvaluation
import DigitFiles
import DigitReport
import Foundation
import ProgramShell

/// `digitctl evaluate`: how well and how fast a server reads a labelled set.
struct EvaluateJob: Job {
  struct Options: NamesServer, NamesImages, Sendable {
    var server = ServerOptions()
    var images = ImageOptions()
    var model: String?
    var plan = EvaluationRun.Plan()
    var limit: Int?
    var predictions: String?
    var probabilities: String?
    var minAccuracy: Double?
    var report: String?
    var json = false
  }

  let options: Options

  func run() async throws -> ExitCode {
    let interruption = Interruption.watch()
    let (all, outputs, clients) = try await interruption.endingAsync(
      with: Self.interruptedEarly, prepare)
    let wanted = options.limit.map(all.prefix) ?? all
    let run = EvaluationRun(
      images: wanted, clients: clients,
      model: options.model.map { .named($0) } ?? .serverDefault, plan: options.plan)
    let progress = ProgressLine(imageCount: wanted.count)
    let outcome = try await interruption.duringAsync(stop: run.stop) {
      try await progress.show(run.progress) { try await run.run() }
    }
    let sentCount = outcome.labels.count
    guard sentCount > 0 else { throw Failure(Self.interruptedEarly) }
    let isWhole = sentCount == wanted.count
    let images = isWhole ? wanted : wanted.prefix(sentCount)
    if isWhole, let hint = await hint(outcome, images, clients) { complain("digitctl: \(hint)") }
    for client in clients { await client.close() }
    let evaluation = outcome.evaluation(of: images)
    let report = EvaluationReport(
      outcome, evaluation, images: images, isTestSet: all.isMNISTTestSet, plan: options.plan)
    outputs.reportStream.write(
      options.json ? String(decoding: try json(report), as: UTF8.self) : report.text)
    if let evaluation { try write(report, evaluation, images) }
    let code = try judge(report, outcome, outputs)
    guard isWhole else {
      throw Failure("interrupted: the figures are those of \(sentCount) of \(wanted.count) images")
    }
    return code
  }

  private static let interruptedEarly = "interrupted before any image was sent"

  private func prepare() async throws -> (ImageSet, AnswerOutputs, [DigitClient]) {
    let images = try options.images.load(within: options.server.timeout)
    let outputs = try AnswerOutputs(
      predictions: options.predictions, probabilities: options.probabilities,
      notReplacing: [options.images.images, options.images.labels],
      patience: options.server.timeout)
    let loop = try ClientLoop()
    var clients: [DigitClient] = []
    for _ in 0..<options.plan.connections {
      clients.append(try await options.server.connect(on: loop))
    }
    return (images, outputs, clients)
  }

  /// What is probably wrong with the images, where they were read badly.
  private func hint(
    _ outcome: EvaluationRun.Outcome, _ images: ImageSet, _ clients: [DigitClient]
  ) async -> DataHint? {
    if let hint = DataHint(images) { return hint }
    guard let evaluation = outcome.evaluation(of: images), evaluation.imageCount == images.count,
      let sample = images.orientationSample(after: evaluation.score)
    else { return nil }
    let run = EvaluationRun(
      images: sample, clients: clients,
      model: options.model.map { .named($0) } ?? .serverDefault, plan: options.plan)
    // The hint is not worth failing for.
    guard let turned = try? await run.run().evaluation(of: sample) else { return nil }
    let stored = evaluation.score(in: 0..<sample.count) ?? evaluation.score
    return DataHint(stored: stored, transposed: turned.score)
  }

  /// Writes the report's folder where one is wanted.
  private func write(
    _ report: EvaluationReport, _ evaluation: Evaluation, _ images: ImageSet
  ) throws {
    guard let folder = options.report else { return }
    try Report(
      of: evaluation, title: report.title,
      verdict: report.verdict(leastAccuracy: options.minAccuracy),
      origin: Origin(others: originRows(options.server)), facts: report.facts, images: images,
      json: try json(report)
    ).write(to: folder, isQuiet: options.json)
  }

  private func judge(
    _ report: EvaluationReport, _ outcome: EvaluationRun.Outcome, _ outputs: AnswerOutputs
  ) throws -> ExitCode {
    let unanswered = outcome.errors.values.reduce(0, +)
    guard unanswered == 0 else {
      complain(
        "digitctl: expected an answer for each of \(report.images) images, "
          + "got none for \(unanswered): \(outcome.firstError ?? "")")
      return .failed
    }
    try outputs.write(labels: outcome.labels, probabilities: outcome.probabilities)
    if let least = options.minAccuracy, report.accuracy < least {
      complain(
        "digitctl: expected an accuracy of at least \(least), got \(report.accuracy)")
      return .failed
    }
    return .done
  }
}

extension EvaluateJob {
  static var command: Command<any Job> {
    Command(
      "evaluate", summary: "Measure accuracy and latency on a labelled set.",
      discussion: """
        Latencies are those of whole requests, as the client sees them. With --json standard
        output is one object. Of the MNIST test set the halves are told apart: the first 5,001
        images are by school students, the others by clerks.

        A report is a page, report.html, that needs no other file, and beside it report.json,
        mistakes.png, and confusion and calibration as .svg and .png. gnuplot draws the latter;
        without it there are none, with a warning.

        Ctrl-C prints the figures of the images that were sent so far.

        Exit status: 0 every image was answered, and accurately enough; 1 otherwise, and after
        Ctrl-C.

        Examples:
          digitctl evaluate --model cnn-28 --batch 64 --connections 2 --min-accuracy 0.99
          digitctl evaluate --report cnn-28-report
        """,
      defaults: Options(),
      parameters: ownParameters + Options.serverParameters + Options.imageParameters,
      make: EvaluateJob.init)
  }

  private static var ownParameters: [Parameter<Options>] {
    [
      .option(
        "--model", into: \.model, value: "NAME",
        help: "Name of the model (default: the server's default model)."),
      .option(
        "--batch", into: \.plan.batch, value: "N", in: 1...65_535, help: "Images in a request."),
      .option(
        "--connections", into: \.plan.connections, value: "N", in: 1...1_024,
        help: "Connections to the server."),
      .option(
        "--pipeline", into: \.plan.pipeline, value: "N", in: 1...4_096,
        help: "Requests in flight on each connection."),
      .option(
        "--limit", into: \.limit, value: "N", in: 1...100_000_000,
        help: "Use only the first N images."),
      .option(
        "--predictions", into: \.predictions, value: "FILE",
        help: "Write a line 'index label' for each image."),
      .option(
        "--probabilities", into: \.probabilities, value: "FILE",
        help: "Write all probabilities as little-endian float32, one row for each image."),
      .option(
        "--min-accuracy", into: \.minAccuracy, value: "A", in: 0...1,
        help: "Fail below this accuracy (0 to 1)."),
      .option(
        "--report", into: \.report, value: "DIR",
        help: "Write a page with charts and the worst mistakes into this folder."),
      .flag("--json", into: \.json, help: "Print one JSON object."),
    ]
  }
}
