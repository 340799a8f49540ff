import DigitClient
import DigitFiles
import DigitImage
import PlainText
import ProgramShell

/// `digitctl predict FILE…`: what one's own pictures show.
struct PictureJob {
  let options: PredictJob.Options

  /// What `--json` prints.
  private struct Report: Encodable {
    let model: String?
    let modelVersion: UInt32?
    let precision: String?
    let files: [PictureAnswer]

    enum CodingKeys: String, CodingKey {
      case model, precision, files
      case modelVersion = "model_version"
    }
  }

  /// A broken file costs only itself.
  func run() async throws -> ExitCode {
    let files = try PictureFiles(options.files)
    let width = files.paths.map(\.escaped.count).max() ?? 0
    let client = try await options.server.connect()
    var answers: [PictureAnswer] = []
    var served: Prediction?
    for path in files.paths {
      do {
        let picture = try PictureFile.read(path)
        let (answer, prediction) = try await ask(client, about: picture, file: path)
        served = prediction ?? served
        answers.append(answer)
        if !options.json { show(answer, width: width) }
      } catch let error as DataFileError {
        complain("digitctl: \(error)")
        answers.append(PictureAnswer(file: path, error: "\(error)"))
      }
    }
    if options.json {
      try printJSON(
        Report(
          model: served?.model, modelVersion: served?.modelVersion,
          precision: served.map { "\($0.precision)" }, files: answers))
    }
    await client.close()
    return answers.contains { $0.error != nil } ? .failed : .done
  }

  private func ask(
    _ client: DigitClient, about picture: GrayImage, file: String
  ) async throws -> (PictureAnswer, Prediction?) {
    guard case .digits(let found) = picture.findDigits(options.many ? .rows : .one) else {
      return (PictureAnswer(file: file, digits: []), nil)
    }
    var digits: [PictureAnswer.Digit] = []
    var last: Prediction?
    for start in stride(from: 0, to: found.count, by: Self.imagesPerRequest) {
      let part = found[start..<min(start + Self.imagesPerRequest, found.count)]
      let prediction = try await client.predict(
        ImageBatch(part.flatMap(\.pixels)), model: options.choice, returning: .probabilities)
      let names = prediction.images.classNames
      digits += zip(prediction.images, part).map {
        .init($0, names: names, of: $1, showsPixels: options.show)
      }
      last = prediction
    }
    return (PictureAnswer(file: file, digits: digits), last)
  }

  private static let imagesPerRequest = 16

  private func show(_ answer: PictureAnswer, width: Int) {
    let file = answer.file.escaped
    let name = file + String(repeating: " ", count: max(0, width - file.count))
    if answer.digits.isEmpty { say("\(name)  no digit: nothing here looks like ink") }
    if options.many, answer.digits.count > 1 {
      say("\(name)  \(answer.digits.map(\.name.escaped).joined(separator: " "))")
    }
    for digit in answer.digits {
      say("\(name)  \(digit.cells.joined(separator: "  "))")
      guard let pixels = digit.pixels else { continue }
      say(pixels.halfBlocks(width: 28).joined(separator: "\n"))
    }
  }
}
