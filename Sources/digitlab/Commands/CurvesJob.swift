import Arguments
import DigitCharts
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
    try Interruption.watch().ending(with: "interrupted before both pictures were written", draw)
  }

  private func draw() throws {
    let log = try readLog()
    let name = URL(filePath: options.log).deletingPathExtension().lastPathComponent
    let figure = log.curves(title: name)
    let gnuplot = try Gnuplot()
    let pictures = try PictureFormat.allCases.map { format in
      ("\(options.out)/curves.\(format.rawValue)", try gnuplot.draw(figure, as: format))
    }
    try createFolder(options.out)
    for (path, picture) in pictures {
      try OutputFile(path, notReplacing: [options.log]).write(picture)
    }
    say("Wrote \(pictures.map(\.0).joined(separator: " and "))".escaped)
  }

  private func readLog() throws -> TrainingLog {
    let bytes = try InputFile.read(options.log, limit: 64 << 20)
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
        Writes curves.png and curves.svg. Training figures are those of the images as they
        passed, augmentation and dropout included, so validation may do better.

        gnuplot draws the charts; where it is missing, exit status 1 and what to install.

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
