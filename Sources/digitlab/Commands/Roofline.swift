import DigitKernels
import DigitModel
import PlainText

/// Where the time of a model goes, beside what a core could do: `bench --roofline`.
struct Roofline: Codable {
  var model: String
  var instructionSet: String
  var precision: Precision
  /// Of each instruction set that this processor has, and of the narrow numbers that the chosen one
  /// multiplies, the multiplications and additions a second of a core that does nothing else.
  var peaks: [String: Double]
  var batches: [Batch]

  struct Batch: Codable {
    var batch: Int
    var steps: [Row]
  }

  struct Row: Codable {
    var step: String
    var microsecondsPerImage: Double
    /// Of the time of all steps.
    var share: Double
    /// By the layer's definition, and as executed; 0 where they do not count.
    var effectiveFlopPerSecond: Double
    var executedFlopPerSecond: Double
    /// What is executed, as a fraction of this instruction set's peak.
    var fractionOfPeak: Double
  }

  init(
    _ plan: Plan, model: String, batches: [Int], images: [UInt8], seconds: Double
  ) {
    let chosen = KernelTable.chosen.instructionSet.rawValue
    var peaks = Dictionary(
      uniqueKeysWithValues: KernelTable.all.map {
        ($0.instructionSet.rawValue, $0.measuredPeakRate())
      })
    if let rates = KernelTable.chosen.int8?.measuredPeakRates() {
      peaks[Factors.bytes.rawValue] = rates.elements
      peaks[Factors.shorts.rawValue] = rates.points
    }
    if let rates = KernelTable.chosen.bf16?.measuredPeakRates() {
      peaks[Factors.halves.rawValue] = rates.elements
    }
    let peakOf = { (factors: Factors) in
      peaks[factors == .floats ? chosen : factors.rawValue] ?? 0
    }
    precision = plan.precision
    self.model = model
    instructionSet = chosen
    self.peaks = peaks
    self.batches = batches.map { batch in
      let steps = medianSteps(
        RepeatedBatch(plan, batch: batch, images: images), seconds: seconds)
      return Batch(batch: batch, steps: Self.rows(steps, batch, peakOf))
    }
  }

  private typealias Factors = StepWork.Factors

  private static func rows(
    _ steps: [StepTime], _ batch: Int, _ peakOf: (Factors) -> Double
  ) -> [Row] {
    let whole = steps.map(\.duration).reduce(.zero, +) / .seconds(1)
    return steps.map { step in
      let seconds = max(step.duration / .seconds(1), 1e-12)
      let peak = peakOf(step.work.factors)
      let rate = { (operations: Int) in Double(batch * operations) / seconds }
      return Row(
        step: step.work.name, microsecondsPerImage: 1e6 * seconds / Double(batch),
        share: seconds / whole, effectiveFlopPerSecond: rate(step.work.operations),
        executedFlopPerSecond: rate(step.work.executed),
        fractionOfPeak: peak > 0 ? rate(step.work.executed) / peak : 0)
    }
  }

  var text: String {
    let order =
      KernelTable.all.map(\.instructionSet.rawValue)
      + Factors.allCases.map(\.rawValue).filter { peaks[$0] != nil }
    let list = order.map { "\($0) \(fixed((peaks[$0] ?? 0) / 1e9, 0))" }
    return
      ([
        "\(model.escaped), \(precision.rawValue), \(instructionSet), one thread",
        "peak in Gop/s: \(list.joined(separator: ", "))",
      ]
      + batches.map(table)).joined(separator: "\n")
  }

  private func table(_ batch: Batch) -> String {
    let giga = { (rate: Double) in rate > 0 ? fixed(rate / 1e9, 1) : "" }
    let whole = batch.steps.map(\.microsecondsPerImage).reduce(0, +)
    return "\nbatch \(batch.batch): \(fixed(whole, 2)) µs an image\n"
      + PlainText.table(
        [["STEP", "µs AN IMAGE", "SHARE", "Gop/s", "EXECUTED", "OF PEAK"]]
          + batch.steps.map { row in
            [
              row.step, fixed(row.microsecondsPerImage, 2), percent(row.share),
              giga(row.effectiveFlopPerSecond), giga(row.executedFlopPerSecond),
              row.executedFlopPerSecond > 0 ? percent(row.fractionOfPeak) : "",
            ]
          })
  }
}

/// The steps of many runs, of each its median.
private func medianSteps(_ runner: RepeatedBatch, seconds: Double) -> [StepTime] {
  for _ in 0..<3 { runner.run() }
  var runs: [[StepTime]] = []
  let start = ContinuousClock.now
  repeat { runs.append(runner.profile()) } while ContinuousClock.now - start < .seconds(seconds)
  return runs[0].indices.map { step in
    let durations = runs.map { $0[step].duration }.sorted()
    var median = runs[0][step]
    median.duration = durations[durations.count / 2]
    return median
  }
}
