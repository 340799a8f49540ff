import Arguments
import DigitClient
import DigitLoad
import ProgramShell

/// What a command line of digitctl asks to be done.
protocol Job: Sendable {
  /// - Throws: anything; its description is for the person who typed the command.
  func run() async throws -> ExitCode
}

@main
struct Main {
  static var command: Command<any Job> {
    Command(
      "digitctl", version: productVersion,
      summary: "Ask a Digits server what handwritten digits show.",
      discussion: """
        Exit status: 0 done, 1 failed, 2 the command line was not understood.
        """,
      manual: Manual(related: ["digitlab(1)", "digitd(8)"]),
      subcommands: [
        PredictJob.command, EvaluateJob.command, BenchJob.command, CompareJob.command,
        MergeJob.command,
        ModelsJob.command, StatsJob.command, TopJob.command, PingJob.command, HealthJob.command,
      ])
  }

  static func main() async {
    await Program(command, exitCode: exitCode).main { job in
      do {
        return try await job.run()
      } catch let error where isUnauthenticated(error) {
        throw Failure(
          "\(error). Present the server's token with --token-file or DIGITS_TOKEN_FILE.")
      }
    }
  }

  @Sendable private static func isUnauthenticated(_ error: any Error) -> Bool {
    switch error {
    case DigitClientError.refused(let message): message.code == .unauthenticated
    case LoadError.refused(let code, _): code == .unauthenticated
    default: false
    }
  }

  private static func exitCode(of error: any Error) -> ExitCode {
    if case .invalidAddress = error as? DigitClientError { .usage } else { .failed }
  }
}
