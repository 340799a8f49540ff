import Arguments
import DigitKernels
import Foundation
import PlainText

/// What a command line of digitlab asks to be done.
protocol Job {
  /// - Throws: anything; its description is for the person who typed the command.
  func run() throws
}

@main
struct Main {
  static let version = "0.1.0"

  static var program: Command<any Job> {
    Command(
      "digitlab", version: version,
      summary: "Train, evaluate and time networks that read handwritten digits.",
      discussion: """
        DIGITS_ISA=avx512, avx2 or baseline in the environment forces an instruction set; the best \
        that the processor has where not given.

        Exit status: 0 done, 1 failed or interrupted, 2 the command line was not understood.
        """,
      subcommands: [
        TrainJob.command, CurvesJob.command, EvaluateJob.command, PredictJob.command,
        BenchJob.command, ModelsJob.command, SummaryJob.command, ShowJob.command, ZooJob.command,
        ExportJob.command, CalibrateJob.command,
      ])
  }

  static func main() {
    StandardStream.prepare()
    let process = ProcessInfo.processInfo
    do {
      let arguments = Array(process.arguments.dropFirst())
      switch try program.parse(arguments, environment: process.environment) {
      case .print(let text): write(text)
      case .run(let job):
        _ = try KernelTable.choose(from: process.environment)
        try job.run()
      }
    } catch let error as UsageError {
      complain("\(error)")
      exit(UsageError.exitCode)
    } catch let error as KernelChoiceError {
      complain("digitlab: \(error)")
      exit(UsageError.exitCode)
    } catch {
      complain("digitlab: \(error)")
      exit(1)
    }
  }

  /// Says something to the person at the keyboard, not to who reads the output.
  static func complain(_ message: String) {
    StandardStream.errors.write(message + "\n")
  }
}

/// A failure in words: what was expected, what came, what to do.
struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
