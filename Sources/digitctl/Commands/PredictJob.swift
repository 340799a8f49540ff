import Arguments
import DigitClient
import DigitImage
import ProgramShell

/// `digitctl predict`: what one's own pictures show, or one image of a labelled set.
struct PredictJob: Job {
  struct Options: NamesServer, NamesImages, Sendable {
    var files: [String] = []
    var server = ServerOptions()
    var images = ImageOptions()
    var index: Int?
    var random = false
    var many = false
    var boxes = false
    var recursive = false
    var show = false
    var model: String?
    var json = false
    var csv = false
    var annotate: String?

    var choice: ModelChoice { model.map { .named($0) } ?? .serverDefault }
  }

  let options: Options

  func run() async throws -> ExitCode {
    let ways = [!options.files.isEmpty, options.index != nil, options.random]
    guard ways.count(where: { $0 }) == 1 else {
      throw Misuse("expected picture files, --index or --random, and only one of these")
    }
    guard !(options.many && options.boxes) else {
      throw Misuse("expected --many or --boxes, got both")
    }
    guard !options.files.isEmpty || !options.boxes else {
      throw Misuse("expected picture files with --boxes, got an image of the labelled set")
    }
    guard !(options.json && options.csv) else {
      throw Misuse("expected --json or --csv, got both")
    }
    guard !options.files.isEmpty || !options.csv else {
      throw Misuse("expected picture files with --csv, got an image of the labelled set")
    }
    guard !options.files.isEmpty || options.annotate == nil else {
      throw Misuse("expected a picture file with --annotate, got an image of the labelled set")
    }
    guard options.files.isEmpty else { return try await PictureJob(options: options).run() }
    return try await predictTestImage()
  }

  private func predictTestImage() async throws -> ExitCode {
    let images = try options.images.load(within: options.server.timeout)
    let index = options.index ?? Int.random(in: 0..<images.count)
    guard index < images.count else {
      throw Failure("expected --index from 0 to \(images.count - 1), got \(index)")
    }
    let client = try await options.server.connect()
    let prediction = try await client.predict(
      ImageBatch(images.image(index)), model: options.choice, returning: .probabilities)
    let answer = TestImageAnswer(prediction, index: index, truth: Int(images.labels[index]))
    if options.json {
      try printJSON(answer)
    } else {
      if options.show { say(images.image(index).halfBlocks(width: 28).joined(separator: "\n")) }
      say(answer.text(names: prediction.images.classNames))
    }
    await client.close()
    return .done
  }
}

extension PredictJob {
  static var command: Command<any Job> {
    Command(
      "predict", summary: "Ask what a picture of a digit shows.",
      discussion: """
        A picture is a PNG, JPEG, GIF, BMP, WebP, TIFF, PBM, PGM or PPM file of any size, ink dark
        or light, on paper, photographed or drawn; - and pipes are read, too, and of a folder all
        pictures. Of several pictures in a file the first counts. Transparent pixels count as
        white.

        --boxes reads forms: one digit or none in each printed box, row by row. Boxes may share
        walls; an empty one is told as empty, in JSON by a digit_index of null.

        --csv has a line for each digit or box, and one for each file without: its place in the
        file, from 0, and the box around it in the file's pixels. --annotate draws these boxes: red
        where the answer is not sure, and grey around what is more likely no digit.

        Exit status: 0 every picture was read; 1 one or more could not be read, and the others
        were answered.

        Examples:
          digitctl predict photo.jpg --show
          digitctl predict --many sheet.png
          digitctl predict --many sheet.png --annotate read.png
          digitctl predict --boxes --csv form.png
          digitctl predict --recursive --csv scans > scans.csv
          digitctl predict --index 7 --model cnn-28
        """,
      defaults: Options(),
      parameters: ownParameters + Options.serverParameters + Options.imageParameters,
      make: PredictJob.init)
  }

  private static var ownParameters: [Parameter<Options>] {
    [
      .positionals(
        "FILE|FOLDER", into: \.files, required: false,
        help: "Pictures: PNG, JPEG, GIF, BMP, WebP, TIFF, PBM, PGM or PPM."),
      .flag("--many", into: \.many, help: "Each picture shows several digits, side by side."),
      .flag("--boxes", into: \.boxes, help: "Each picture is a form: a digit to a printed box."),
      .flag("--recursive", into: \.recursive, help: "Of folders, read those within, too."),
      .flag("--show", into: \.show, help: "Draw what the network saw; with --json, its pixels."),
      .option(
        "--index", into: \.index, value: "N", in: 0...100_000_000,
        help: "Instead of pictures: this image of the labelled set, from 0."),
      .flag("--random", into: \.random, help: "Instead of pictures: any image of that set."),
      .option(
        "--model", into: \.model, value: "NAME", help: "Model to ask (default: the server's)."),
      .flag("--json", into: \.json, help: "Print one JSON object."),
      .option(
        "--annotate", into: \.annotate, value: "FILE",
        help: "Write the picture, one, as PNG with what was read drawn over it."),
      .flag("--csv", into: \.csv, help: "Print a line of CSV for each digit."),
    ]
  }
}
