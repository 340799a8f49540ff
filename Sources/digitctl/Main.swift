import Arguments
import DigitClient
import Foundation
import PlainText

/// What a command line of digitctl asks to be done.
protocol Job: Sendable {
  /// - Throws: anything; its description is for the person who typed the command.
  func run() async throws -> ExitCode
}

enum ExitCode: Int32 {
  case done = 0
  case failed = 1
  case usage = 2
}

@main
struct Main {
  static let version = "0.1.0"

  static var program: Command<any Job> {
    Command(
      "digitctl", version: version,
      summary: "Ask a Digits server what handwritten digits show.",
      discussion: """
        Exit status: 0 done, 1 failed, 2 the command line was not understood.
        """,
      subcommands: [
        PredictJob.command, EvaluateJob.command, BenchJob.command, CompareJob.command,
        ModelsJob.command, StatsJob.command, TopJob.command, PingJob.command, HealthJob.command,
      ])
  }

  static func main() async {
    StandardStream.prepare()
    let process = ProcessInfo.processInfo
    do {
      let arguments = Array(process.arguments.dropFirst())
      switch try program.parse(arguments, environment: process.environment) {
      case .print(let text): say(text: text)
      case .run(let job): exit(try await job.run().rawValue)
      }
    } catch let error as UsageError {
      complain("\(error)")
      exit(ExitCode.usage.rawValue)
    } catch let error as DigitClientError {
      complain("digitctl: \(error)")
      if case .invalidAddress = error { exit(ExitCode.usage.rawValue) }
      exit(ExitCode.failed.rawValue)
    } catch {
      complain("digitctl: \(error)")
      exit(ExitCode.failed.rawValue)
    }
  }
}

/// A failure in words: what was expected, what came, what to do.
struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
