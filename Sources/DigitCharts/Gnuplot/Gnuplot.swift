import Dispatch
import Foundation

/// The program that draws figures, as a subprocess.
package struct Gnuplot: Sendable {
  private let program: URL

  /// More than a hundred times what a figure takes.
  private static let timeLimit = DispatchTimeInterval.seconds(60)

  /// - Parameter path: the folders to search, as in the variable PATH.
  /// - Throws: `ChartError.gnuplotMissing`.
  package init(
    path: String = ProcessInfo.processInfo.environment["PATH"] ?? ""
  ) throws(ChartError) {
    let folders = path.split(separator: ":")
    let candidates = folders.map { URL(filePath: "\($0)/gnuplot") }
    guard
      let program = candidates.first(where: {
        FileManager.default.isExecutableFile(atPath: $0.path)
      })
    else { throw .gnuplotMissing }
    self.program = program
  }

  /// gnuplot, or why there is none.
  package static func find() -> Result<Gnuplot, ChartError> {
    Result { () throws(ChartError) in try Gnuplot() }
  }

  /// The content of a picture file.
  /// - Throws: `ChartError` where gnuplot does not start, fails, or takes more than a minute.
  package func draw(_ figure: Figure, as format: PictureFormat) throws -> Data {
    try run(GnuplotScript(figure, as: format).text)
  }

  /// What a script draws.
  /// - Throws: `ChartError`, also for what the system says.
  func run(_ script: String) throws(ChartError) -> Data {
    do {
      return try runThroughFiles(script)
    } catch let error as ChartError {
      throw error
    } catch {
      throw .gnuplotFailed(
        reason: "\(program.path) does not start, or its files cannot be written into "
          + FileManager.default.temporaryDirectory.path)
    }
  }

  /// Script, picture and complaints pass through files: nobody waits for a
  /// pipe that the other does not read.
  private func runThroughFiles(_ script: String) throws -> Data {
    let folder = FileManager.default.temporaryDirectory.appending(path: "digits-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (input, picture, complaints) = (
      folder.appending(path: "script"), folder.appending(path: "picture"),
      folder.appending(path: "complaints")
    )
    try Data(script.utf8).write(to: input)
    for file in [picture, complaints] { try Data().write(to: file) }

    let process = Process()
    process.executableURL = program
    // Without what a person's own settings would change.
    process.arguments = ["--default-settings", "-"]
    process.standardInput = try FileHandle(forReadingFrom: input)
    process.standardOutput = try FileHandle(forWritingTo: picture)
    process.standardError = try FileHandle(forWritingTo: complaints)
    try waitForEnd(of: process)
    let words = String(decoding: try Data(contentsOf: complaints), as: UTF8.self)
    let drawn = try Data(contentsOf: picture)
    guard process.terminationStatus == 0, !drawn.isEmpty else {
      throw ChartError.gnuplotFailed(
        reason: words.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    return drawn
  }

  private func waitForEnd(of process: Process) throws {
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    guard ended.wait(timeout: .now() + Self.timeLimit) == .success else {
      process.terminate()
      throw ChartError.gnuplotFailed(reason: "it took more than a minute")
    }
  }
}
