import Arguments
import DigitFiles
import DigitKernels
import DigitModel
import Dispatch
import Foundation
import PlainText
import ProgramShell
import Synchronization

/// `digitlab bench` as typed.
struct BenchOptions {
  var model = ""
  var models = DataPlaces.ofProcess.modelsFolder
  var precision = Precision.float32
  var batches = BatchSizes(counts: [1, 8, 64])
  var images: String?
  var threads = 1
  var seconds = 2.0
  var roofline = false
  var json = false
}

/// Batch sizes as typed: "1,8,64".
struct BatchSizes: ArgumentValue {
  var counts: [Int]

  static var kind: String {
    "batch sizes from 1 to \(ModelLimits.batchCountMax), such as 1,8,64"
  }

  init(counts: [Int]) { self.counts = counts }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    counts = parts.compactMap { Int($0) }
    guard counts.count == parts.count,
      counts.allSatisfy((1...ModelLimits.batchCountMax).contains)
    else { return nil }
  }

  var argument: String { counts.map(String.init).joined(separator: ",") }
}

/// `digitlab bench`: how fast a model computes in this process, without a server.
///
/// Every thread runs whole batches of its own for the length of a round; the medians over the
/// rounds are reported, because a busy machine spoils some of them.
struct BenchJob: Job {
  let options: BenchOptions

  static let roundCount = 7

  /// What `--json` prints.
  struct Report: Codable {
    var model: String
    var instructionSet: String
    var precision: Precision
    var threads: Int
    var roundCount: Int
    var results: [Result]
  }

  struct Result: Codable {
    var batch: Int
    var imagesPerSecond: Double
    var microsecondsPerCall: Double
    /// The fastest round.
    var imagesPerSecondBest: Double
    /// For each second that a thread was given: the rate on a machine where nothing else runs.
    var imagesPerCPUSecond: Double
  }

  func run() throws {
    let interruption = Interruption.watch()
    let (plan, images) = try interruption.ending(with: Self.interruptedEarly, load)
    guard !options.roofline else {
      return try interruption.ending(with: "interrupted before all steps were measured") {
        try showRoofline(plan, images)
      }
    }
    let results = options.batches.counts.compactMap {
      measure(plan, batch: $0, images, interruption)
    }
    guard !results.isEmpty else { throw Failure(Self.interruptedEarly) }
    let report = Report(
      model: options.model, instructionSet: KernelTable.chosen.instructionSet.rawValue,
      precision: plan.precision, threads: options.threads, roundCount: Self.roundCount,
      results: results)
    try show(report)
    guard results.count == options.batches.counts.count else {
      throw Failure(
        "interrupted: \(results.count) of \(options.batches.counts.count) batch sizes were measured"
      )
    }
  }

  private static let interruptedEarly = "interrupted before a batch size was measured"

  private func load() throws -> (Plan, [UInt8]) {
    let model = try Model(named: options.model, in: options.models)
    let plan = try Plan(
      model, precision: options.precision, maximumBatch: options.batches.counts.max() ?? 1)
    return (plan, try images(for: plan))
  }

  /// None where none are named.
  private func images(for plan: Plan) throws -> [UInt8] {
    guard let path = options.images else {
      guard !plan.isCascade else {
        throw Misuse(
          "--images: expected images for a cascade, whose time depends on what they show")
      }
      return []
    }
    let file = try IDXFile(readingFrom: path, rank: 3)
    let size = [plan.network.input.height, plan.network.input.width]
    guard Array(file.dimensions.dropFirst()) == size, file.dimensions[0] > 0 else {
      let sizes = [size, Array(file.dimensions.dropFirst())].map { size in
        size.map(String.init).joined(separator: " × ")
      }
      throw Failure(
        "\(path): expected images of \(sizes[0]) pixels, got \(file.dimensions[0]) of \(sizes[1])")
    }
    return file.values
  }

  /// Nil where it was interrupted.
  private func measure(
    _ plan: Plan, batch: Int, _ images: [UInt8], _ interruption: Interruption
  ) -> Result? {
    let length = Duration.seconds(options.seconds / Double(Self.roundCount + 1))
    // The first round warms caches and clocks, and does not count.
    let rounds = (0...Self.roundCount).map { _ in
      round(plan, batch, images, length, interruption)
    }.dropFirst()
    guard !interruption.isRequested else { return nil }
    let rates = rounds.map(\.callsPerSecond)
    return Result(
      batch: batch, imagesPerSecond: median(rates) * Double(batch),
      microsecondsPerCall: 1e6 * Double(options.threads) / median(rates),
      imagesPerSecondBest: (rates.max() ?? 0) * Double(batch),
      imagesPerCPUSecond: median(rounds.map(\.callsPerCPUSecond)) * Double(batch))
  }

  private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  /// What all threads together did in a round.
  private struct Round {
    var callsPerSecond = 0.0
    var callsPerCPUSecond = 0.0
  }

  private func round(
    _ plan: Plan, _ batch: Int, _ images: [UInt8], _ length: Duration, _ interruption: Interruption
  ) -> Round {
    let total = Mutex(Round())
    DispatchQueue.concurrentPerform(iterations: options.threads) { _ in
      let runner = RepeatedBatch(plan, batch: batch, images: images)
      runner.run()
      let start = ContinuousClock.now
      let cpuStart = threadCPUSeconds()
      var callCount = 0
      var elapsed = Duration.zero
      while elapsed < length, !interruption.isRequested {
        runner.run()
        callCount += 1
        elapsed = ContinuousClock.now - start
      }
      let cpuSeconds = threadCPUSeconds() - cpuStart
      let rate = Double(callCount) / (elapsed / .seconds(1))
      total.withLock {
        $0.callsPerSecond += rate
        $0.callsPerCPUSecond += Double(callCount) / cpuSeconds
      }
    }
    return total.withLock { $0 }
  }

  private func showRoofline(_ plan: Plan, _ images: [UInt8]) throws {
    guard options.threads == 1 else {
      throw Misuse("--roofline measures one thread, got --threads \(options.threads)")
    }
    guard !plan.isCascade else {
      throw Misuse(
        "--roofline: the stages of a cascade read more or fewer images each; measure them by "
          + "their own files")
    }
    let roofline = Roofline(
      plan, model: options.model, batches: options.batches.counts, images: images,
      seconds: options.seconds)
    if options.json {
      write(String(decoding: try jsonLine(roofline), as: UTF8.self))
    } else {
      say(roofline.text)
    }
  }

  private func show(_ report: Report) throws {
    guard !options.json else {
      return write(String(decoding: try jsonLine(report), as: UTF8.self))
    }
    say(
      "\(report.model.escaped), \(report.precision.rawValue), \(report.instructionSet), "
        + "threads: \(report.threads)")
    for result in report.results {
      say(
        "batch \(result.batch): \(Int(result.imagesPerSecond)) images/s, "
          + "\(fixed(result.microsecondsPerCall, 1)) µs a call "
          + "(best round \(Int(result.imagesPerSecondBest)), "
          + "in each CPU second \(Int(result.imagesPerCPUSecond)))")
    }
  }
}

/// Processor time that this thread was given so far.
private func threadCPUSeconds() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

extension BenchJob {
  static var command: Command<any Job> {
    Command(
      "bench", summary: "Measure how fast a model computes, without a server.",
      discussion: """
        Prints the median of \(roundCount) rounds for each batch size.

        --roofline prints the time of each step: multiplications and additions per second by the
        layer's definition, those executed (fewer where a convolution is computed in tiles, more
        where vectors are padded), and their fraction of a core's peak. Where blank background
        is skipped, less is executed than is shown. Ctrl-C prints the batch sizes measured so far,
        with exit status 1.

        Examples:
          digitlab bench --model cnn-28 --batch 1,8,64
          digitlab bench --model cnn-32-64 --batch 64 --roofline
        """,
      defaults: BenchOptions(), parameters: parameters, make: BenchJob.init)
  }

  private static var parameters: [Parameter<BenchOptions>] {
    [
      .option(
        "--model", into: \.model, value: "NAME", required: true,
        help: "The model: a name in the models folder, or a .safetensors file."),
      .option("--models", into: \.models, value: "DIR", help: "The models folder.")
        .withDefault(DataPlaces.modelsDefault),
      .precision(into: \.precision),
      .option(
        "--batch", into: \.batches, value: "N,…", help: "Images per call, one size or several."),
      .option(
        "--images", into: \.images, value: "FILE",
        help: "IDX file of images to compute (default: generated ones). The time depends on "
          + "their ink: blank background is skipped. A cascade needs them, and reads all."),
      .option(
        "--threads", into: \.threads, value: "N", in: 1...1_024,
        help: "Threads, each of which computes batches of its own."),
      .option(
        "--seconds", into: \.seconds, value: "S", in: 0.01...3_600,
        help: "How long to measure each batch size."),
      .flag(
        "--roofline", into: \.roofline,
        help: "Print the time of each step, and its fraction of a core's peak."),
      .flag("--json", into: \.json, help: "Print the result as one line of JSON."),
    ]
  }
}
