import Arguments
import DigitKernels
import Foundation
import ProgramShell

/// What a command line of digitlab asks to be done.
protocol Job {
  /// - Throws: anything; its description is for the person who typed the command.
  func run() throws
}

@main
struct Main {
  static var command: Command<any Job> {
    Command(
      "digitlab", version: productVersion,
      summary: "Train, evaluate and time networks that read handwritten digits.",
      discussion: """
        DIGITS_ISA=avx512, avx2 or baseline in the environment forces an instruction set (default: \
        the best that the processor has).

        Exit status: 0 done, 1 failed or interrupted, 2 the command line was not understood.
        """,
      manual: Manual(related: ["digitctl(1)", "digitd(8)"]),
      subcommands: [
        TrainJob.command, CurvesJob.command, EvaluateJob.command, PredictJob.command,
        BenchJob.command, ModelsJob.command, SummaryJob.command, ShowJob.command, ZooJob.command,
        ExportJob.command, ConfidenceJob.command, CascadeJob.command,
        CalibrateJob.command, SelfTestJob.command,
      ])
  }

  static func main() {
    Program(command, exitCode: { $0 is KernelChoiceError ? .usage : .failed }).main { job in
      _ = try KernelTable.choose(from: ProcessInfo.processInfo.environment)
      try job.run()
      return .done
    }
  }
}
