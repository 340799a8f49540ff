import Arguments
import DigitFiles
import DigitImage
import FileAccess
import Foundation
import PlainText
import ProgramShell

/// `digitlab show` as typed.
struct ShowOptions {
  var index: Int?
  var random = false
  var grid: Grid?
  var images: String?
  var labels: String?
  var data: String?
  var png: String?

  /// So many rows of so many images, typed as 3x5.
  struct Grid: ArgumentValue {
    let rows: Int
    let columns: Int

    static let kind = "a grid"
    static let expectation = "rows x columns, each from 1 to 20, such as 3x5"

    init(rows: Int, columns: Int) {
      self.rows = rows
      self.columns = columns
    }

    init?(argument: String) {
      let parts = argument.split(separator: "x", omittingEmptySubsequences: false)
      guard parts.count == 2, let rows = Int(parts[0]), let columns = Int(parts[1]),
        (1...20).contains(rows), (1...20).contains(columns)
      else { return nil }
      self.init(rows: rows, columns: columns)
    }

    var argument: String { "\(rows)x\(columns)" }
  }
}

/// `digitlab show`: draws labelled digits in the terminal or into a picture.
struct ShowJob: Job {
  let options: ShowOptions

  func run() throws {
    let images = try DataFolder(options.data).images(options.images, options.labels)
    let first = try firstIndex(of: images)
    let grid = options.grid ?? ShowOptions.Grid(rows: 1, columns: 1)
    let rows = (0..<grid.rows).map { row in
      let start = first + row * grid.columns
      let indices = (0..<grid.columns).map { column in
        options.random && options.grid != nil
          ? Int.random(in: 0..<images.count) : start + column
      }
      return indices.filter { $0 < images.count }
    }
    guard let file = options.png else {
      // A row wider than the terminal continues below.
      let width = images.columns + Self.gap.count
      let perLine = max(1, (StandardStream.output.columnCount + Self.gap.count) / width)
      for row in rows {
        for start in stride(from: 0, to: row.count, by: perLine) {
          draw(Array(row[start..<min(start + perLine, row.count)]), of: images)
        }
      }
      return
    }
    let output = try OutputFile(
      file, notReplacing: [options.images, options.labels].compactMap(\.self))
    try output.write(try picture(rows, of: images, columnCount: grid.columns))
    if !output.isStandardOutput { say("Wrote \(file)".escaped) }
  }

  private func picture(
    _ rows: [[Int]], of images: ImageSet, columnCount: Int
  ) throws -> Data {
    guard images.rows == 28, images.columns == 28 else {
      throw Failure(
        "--png: expected images of 28 × 28 pixels, got \(images.rows) × \(images.columns)")
    }
    let tiles = rows.joined().map { index in
      DigitSheet.Tile(
        pixels: images.image(index), captions: [.init("\(index): \(images.labels[index])")])
    }
    return DigitSheet(tiles, columnCount: columnCount).picture.png
  }

  private func firstIndex(of images: ImageSet) throws -> Int {
    let index = options.random ? Int.random(in: 0..<images.count) : options.index ?? 0
    guard index < images.count else {
      throw Failure("expected --index from 0 to \(images.count - 1), got \(index)")
    }
    return index
  }

  private static let gap = "  "

  /// Images side by side, the index and the label over each.
  private func draw(_ indices: [Int], of images: ImageSet) {
    guard !indices.isEmpty else { return }
    let width = images.columns
    let heads = indices.map { index in
      let text = "\(index): \(images.labels[index])"
      return text + String(repeating: " ", count: max(0, width - text.count))
    }
    let drawings = indices.map { images.image($0).halfBlocks(width: width) }
    say(trimmed(heads.joined(separator: Self.gap)))
    for line in drawings[0].indices {
      say(trimmed(drawings.map { $0[line] }.joined(separator: Self.gap)))
    }
  }

  private func trimmed(_ line: String) -> String {
    String(line.reversed().drop { $0 == " " }.reversed())
  }
}

extension ShowJob {
  static var command: Command<any Job> {
    Command(
      "show", summary: "Draw labelled digits in the terminal or into a picture.",
      discussion: """
        Over each digit stand its index and its label. A grid that is wider than the terminal is
        wrapped.

        Examples:
          digitlab show --index 7
          digitlab show --grid 3x5 --random
          digitlab show --grid 10x10 --png digits.png
        """,
      defaults: ShowOptions(),
      parameters: [
        .option(
          "--index", into: \.index, value: "N", in: 0...100_000_000,
          help: "The image, or the first of the grid (default: 0)."),
        .flag("--random", into: \.random, help: "A random image, or a grid of random images."),
        .option(
          "--grid", into: \.grid, value: "ROWSxCOLUMNS",
          help: "Draw a grid of images (default: one image)."),
        .option(
          "--png", into: \.png, value: "FILE",
          help: "Write a PNG picture instead of drawing in the terminal."),
        .option(
          "--images", into: \.images, value: "FILE",
          help: "IDX file of images, plain or gzipped (default: the MNIST test images)."),
        .option(
          "--labels", into: \.labels, value: "FILE", help: "IDX file of the labels of --images."),
        .option(
          "--data", into: \.data, value: "DIR",
          help: "Folder of the MNIST files (default: where ./dev fetch-mnist puts them)."),
      ],
      make: ShowJob.init)
  }
}
