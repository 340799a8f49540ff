import Foundation

/// Runs one of the package's programs as a person would.
struct Program {
  static let digitd = Program(name: "digitd")
  static let digitctl = Program(name: "digitctl")
  static let digitlab = Program(name: "digitlab")
  static let example = Program(name: "read-digits")

  let name: String

  struct Outcome {
    var status: Int32
    var output: String
    var errors: String

    /// Standard output as JSON, whose keys are in snake_case.
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(type, from: Data(output.utf8))
    }

    /// Standard output as one JSON object; nil where it is anything else.
    var object: [String: Any]? {
      (try? JSONSerialization.jsonObject(with: Data(output.utf8))) as? [String: Any]
    }
  }

  /// The checkout, in which programs run unless told otherwise.
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  func run(_ arguments: String...) throws -> Outcome { try run(arguments) }

  /// - Parameter shell: a line of bash that runs it, as `"$0" "$@"`.
  func run(
    _ arguments: [String], environment: [String: String] = [:], in folder: URL = root,
    shell: String? = nil
  ) throws -> Outcome {
    let process = process(arguments, environment: environment)
    if let shell {
      process.arguments = ["-c", shell, process.executableURL!.path] + arguments
      process.executableURL = URL(filePath: "/bin/bash")
    }
    process.currentDirectoryURL = folder
    // Files, not pipes: a full pipe would stop a program that nobody reads from.
    let outputs = try TemporaryFolder()
    let files = ["output", "errors"].map { outputs.url.appending(path: $0) }
    for file in files { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      output: try String(contentsOf: files[0], encoding: .utf8),
      errors: try String(contentsOf: files[1], encoding: .utf8))
  }

  /// Not started, and without the variables that would lead a program elsewhere.
  func process(_ arguments: [String], environment: [String: String] = [:]) -> Process {
    let process = Process()
    // The test bundle lies beside the programs.
    process.executableURL = Bundle.main.executableURL?.deletingLastPathComponent()
      .appending(path: name)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
      .filter { !$0.key.hasPrefix("DIGITS_") || $0.key == "DIGITS_ISA" }
      .merging(environment) { $1 }
    return process
  }
}
