import Foundation

/// The program that draws figures, as a subprocess.
package struct Gnuplot: Sendable {
  private let program: URL

  /// More than a hundred times what a figure takes.
  private static let timeLimit = Duration.seconds(60)

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

  /// The content of a PNG file.
  /// - Throws: `ChartError` where gnuplot does not start, fails, or takes more than a minute.
  package func draw(_ figure: Figure) throws -> Data {
    try run(GnuplotScript(figure).text)
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

  /// Script, picture and complaints pass through files: nobody waits for a pipe that the other
  /// does not read. They have no names any more when gnuplot starts, so that none is left behind
  /// where a signal ends this process.
  private func runThroughFiles(_ script: String) throws -> Data {
    let files = try namelessFiles(count: 3)
    try files[0].write(contentsOf: Data(script.utf8))
    try files[0].seek(toOffset: 0)
    let process = try BoundProcess(
      // Without what a person's own settings would change.
      program, "--default-settings", "-", input: files[0], output: files[1], errors: files[2])
    let end = process.end(within: Self.timeLimit)
    guard end != .late else {
      throw ChartError.gnuplotFailed(reason: "it took more than a minute")
    }
    for file in files { try file.seek(toOffset: 0) }
    let drawn = try files[1].readToEnd() ?? Data()
    guard end == .exited(status: 0), !drawn.isEmpty else {
      let words = String(decoding: try files[2].readToEnd() ?? Data(), as: UTF8.self)
      throw ChartError.gnuplotFailed(
        reason: words.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    return drawn
  }

  private func namelessFiles(count: Int) throws -> [FileHandle] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "digits-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try (0..<count).map { index in
      let file = folder.appending(path: "\(index)")
      try Data().write(to: file)
      return try FileHandle(forUpdating: file)
    }
  }
}
