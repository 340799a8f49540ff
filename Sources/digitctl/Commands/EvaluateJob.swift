import Arguments
import DigitClient
import DigitFiles
import Foundation

/// `digitctl evaluate`: how well and how fast a server reads a labelled set.
struct EvaluateJob: Job {
  struct Options: NamesServer, NamesImages, Sendable {
    var server = ServerOptions()
    var images = ImageOptions()
    var model: String?
    var plan = Evaluation.Plan()
    var limit: Int?
    var predictions: String?
    var minAccuracy: Double?
    var json = false
  }

  let options: Options

  func run() async throws -> ExitCode {
    let all = try options.images.load()
    let images = options.limit.map(all.prefix) ?? all
    let loop = try ClientLoop()
    var clients: [DigitClient] = []
    for _ in 0..<options.plan.connections {
      clients.append(try await options.server.connect(on: loop))
    }
    let evaluation = Evaluation(
      images: images, clients: clients,
      model: options.model.map { .named($0) } ?? .serverDefault, plan: options.plan)
    let progress = ProgressLine(imageCount: images.count)
    let outcome = try await progress.show(evaluation.progress) { try await evaluation.run() }
    for client in clients { await client.close() }
    let report = EvaluationReport(outcome, images: images, plan: options.plan)
    if options.json { try printJSON(report) } else { print(report.text) }
    return try judge(report, outcome)
  }

  private func judge(
    _ report: EvaluationReport, _ outcome: Evaluation.Outcome
  ) throws -> ExitCode {
    let unanswered = outcome.errors.values.reduce(0, +)
    guard unanswered == 0 else {
      complain(
        "digitctl: expected an answer for each of \(report.images) images, "
          + "got none for \(unanswered): \(outcome.firstError ?? "")")
      return .failed
    }
    if let path = options.predictions { try write(outcome.labels, to: path) }
    if let least = options.minAccuracy, report.accuracy < least {
      complain(
        "digitctl: expected an accuracy of at least \(least), got \(report.accuracy)")
      return .failed
    }
    return .done
  }

  /// One line "index label" for each image.
  private func write(_ labels: [Int], to path: String) throws {
    let lines = labels.enumerated().map { "\($0) \($1)\n" }.joined()
    try writeAtomically(Data(lines.utf8), to: path)
  }
}

extension EvaluateJob {
  static var command: Command<any Job> {
    Command(
      "evaluate", summary: "Measure accuracy and latency on a labelled set.",
      discussion: """
        Latencies are those of whole requests, as the client sees them. With --json standard
        output is one object.

        Exit status: 0 every image was answered, and accurately enough; 1 otherwise.

        Example:
          digitctl evaluate --model cnn-28 --batch 64 --connections 2 --min-accuracy 0.99
        """,
      defaults: Options(),
      parameters: ownParameters + Options.serverParameters + Options.imageParameters,
      make: EvaluateJob.init)
  }

  private static var ownParameters: [Parameter<Options>] {
    [
      .option(
        "--model", into: \.model, value: "NAME", help: "The server's default unless given."),
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
        "--min-accuracy", into: \.minAccuracy, value: "A", in: 0...1,
        help: "Fail below this part of right answers."),
      .flag("--json", into: \.json, help: "Print one JSON object."),
    ]
  }
}
