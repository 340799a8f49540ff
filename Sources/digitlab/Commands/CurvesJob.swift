import Arguments
import DigitCharts
import DigitReport
import DigitTraining
import FileAccess
import Foundation
import PlainText
import ProgramShell

/// `digitlab curves`: draws loss and accuracy by epoch.
struct CurvesJob: Job {
  struct Options {
    var log = ""
    var out = "."
  }

  let options: Options

  func run() throws {
    try Interruption.watch().ending(with: "interrupted before every file was written", draw)
  }

  private func draw() throws {
    let log = try readLog()
    let name = URL(filePath: options.log).deletingPathExtension().lastPathComponent
    let figure = log.curves(title: name)
    let png = try png(figure)
    var files = [
      ("html", report(log, figure, title: name).html), ("svg", SVGDrawing.file(figure)),
    ]
    if let png { files.append(("png", png)) }
    try createFolder(options.out)
    for (type, content) in files {
      try OutputFile("\(options.out)/curves.\(type)", notReplacing: [options.log]).write(content)
    }
    say("Wrote \(files.map { "\(options.out)/curves.\($0.0)" }.joined(separator: ", "))".escaped)
  }

  /// Nil, with a warning, where there is no gnuplot.
  private func png(_ figure: Figure) throws -> Data? {
    switch Gnuplot.find() {
    case .success(let gnuplot): return try gnuplot.draw(figure)
    case .failure(let error):
      StandardStream.errors.write("digitlab: there is no curves.png: \(error)\n")
      return nil
    }
  }

  private func report(_ log: TrainingLog, _ figure: Figure, title: String) -> Report {
    Report(
      kind: "training", title: title, verdict: nil, headline: log.headline,
      origin: Origin(others: [["versions", "digitlab \(productVersion)"]]),
      sections: [.init("Loss and accuracy by epoch", [.chart(.init("curves", figure))])],
      json: Data())
  }

  /// Of a log: 30,000 epochs and some.
  private static let byteCountMax = 4 << 20

  private func readLog() throws -> TrainingLog {
    let bytes = try InputFile.read(options.log, limit: Self.byteCountMax)
    do {
      return try TrainingLog(csv: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw Failure("\(options.log): \(error)")
    }
  }

  static var command: Command<any Job> {
    Command(
      "curves", summary: "Draw loss and accuracy by epoch from a training's log.",
      discussion: """
        Writes curves.html, a page that needs no other file, curves.svg and curves.png. Training
        figures are those of the images as they passed, augmentation and dropout included, so
        validation may do better.

        gnuplot draws the PNG; without it there is none, with a warning.

        Example:
          digitlab train --arch tiny --validation 5000 --log tiny.csv
          digitlab curves tiny.csv --out curves
        """,
      defaults: Options(),
      parameters: [
        .positional("LOG.csv", into: \.log, help: "CSV file written by digitlab train --log."),
        .option("--out", into: \.out, value: "DIR", help: "The folder to write into."),
      ], make: CurvesJob.init)
  }
}
