import Arguments
import Foundation
import PlainText

/// How a program ended, as its help text explains.
package enum ExitCode: Int32, Sendable {
  case done = 0
  case failed = 1
  /// The command line was not understood, or what it names cannot be used.
  case usage = 2
}

/// A program from its command line to its exit status: what is common to all of ours.
///
/// Help and version go to standard output, every error to standard error as one line that begins
/// with the program's name. A reader of the output that goes away ends it with status 1.
package struct Program<Value> {
  private let command: Command<Value>
  private let exitCode: (any Error) -> ExitCode

  /// To be made first of all, before anything opens a file: it prepares the standard streams.
  /// - Parameter exitCode: the status for an error that is neither `UsageError` nor `Misuse`,
  ///   both of which end with `ExitCode.usage`.
  package init(
    _ command: Command<Value>, exitCode: @escaping (any Error) -> ExitCode = { _ in .failed }
  ) {
    StandardStream.prepare()
    endBySignalsAsFirstProcess()
    self.command = command
    self.exitCode = exitCode
  }

  /// Runs on the main thread what the command line asks for.
  package func main(_ run: (Value) throws -> ExitCode) -> Never {
    let (value, path) = start()
    do {
      end(try run(value))
    } catch {
      end(error, in: path)
    }
  }

  /// Runs what the command line asks for.
  package func main(_ run: @Sendable (Value) async throws -> ExitCode) async -> Never {
    let (value, path) = start()
    do {
      end(try await run(value))
    } catch {
      end(error, in: path)
    }
  }

  /// What to run, and the words that name its command: "digitctl bench".
  private func start() -> (value: Value, path: String) {
    let process = ProcessInfo.processInfo
    do {
      let arguments = Array(process.arguments.dropFirst())
      switch try command.parse(
        arguments, environment: process.environment, columns: StandardStream.output.columns)
      {
      case .run(let value, let path): return (value, path)
      case .print(let text):
        StandardStream.output.write(text)
        end(.done)
      }
    } catch {
      end(error, in: command.name)
    }
  }

  private func end(_ code: ExitCode) -> Never { exit(code.rawValue) }

  private func end(_ error: any Error, in path: String) -> Never {
    let (text, code) = explain(error, in: path)
    StandardStream.errors.write(text + "\n")
    end(code)
  }

  /// What standard error is told of an error, and the status with which the program ends.
  /// - Parameter path: the words that name the command in which it happened.
  package func explain(_ error: any Error, in path: String) -> (text: String, code: ExitCode) {
    switch error {
    case let error as UsageError: ("\(error)".escapedLines, .usage)
    case let error as Misuse:
      ("\(UsageError(.refused(error.description.escaped), command: path))", .usage)
    default: ("\(command.name): \(error)".escaped, exitCode(error))
    }
  }
}

/// The system delivers to the first process of a container only signals that it handles: a command
/// that handles none could be ended by SIGKILL alone.
private func endBySignalsAsFirstProcess() {
  guard getpid() == 1 else { return }
  for number in [SIGINT, SIGTERM] { signal(number) { _exit(128 + $0) } }
}
