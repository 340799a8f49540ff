import DigitClient
import DigitFiles
import DigitImage
import FileAccess
import LocalPictures
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
    let entries = PictureFiles(options.files, isRecursive: options.recursive).entries
    let annotated = try annotatedFile(entries)
    let width = entries.map(\.path.escaped.count).max() ?? 0
    let client = try await options.server.connect()
    var answers: [PictureAnswer] = []
    var served: Prediction?
    if options.csv { say(PictureTable.header) }
    for entry in entries {
      do {
        let picture = try read(entry)
        let (answer, prediction) = try await ask(client, about: picture, file: entry.path)
        served = prediction ?? served
        answers.append(answer)
        try annotated?.write(AnnotatedPicture(picture, answer.marks).picture.png)
        tell(answer, width: width)
        if let hint = hint(answer, picture) { complain("digitctl: \(hint)") }
      } catch let error as UnreadPicture {
        complain("digitctl: \(error.reason)")
        answers.append(PictureAnswer(file: entry.path, error: error.reason))
        if options.csv, let answer = answers.last { tell(answer, width: width) }
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

  /// Where the one picture is drawn to, or nil. What is printed has standard output for itself.
  private func annotatedFile(_ entries: [PictureFiles.Entry]) throws -> OutputFile? {
    guard let path = options.annotate else { return nil }
    guard entries.count == 1 else {
      throw Misuse("expected one picture with --annotate, got \(entries.count)")
    }
    let file = try OutputFile(path, notReplacing: entries.map(\.path))
    guard !file.isStandardOutput else {
      throw Misuse("expected a file's name after --annotate, got -")
    }
    return file
  }

  private struct UnreadPicture: Error {
    let reason: String
  }

  private func read(_ entry: PictureFiles.Entry) throws(UnreadPicture) -> GrayImage {
    switch entry {
    case .picture(let path):
      var limits = PictureFile.Limits()
      limits.patience = options.server.timeout
      do {
        return try PictureFile.read(path, formats: .local, limits: limits)
      } catch {
        throw UnreadPicture(reason: "\(error)")
      }
    case .unusable(_, let error): throw UnreadPicture(reason: error)
    }
  }

  private func ask(
    _ client: DigitClient, about picture: GrayImage, file: String
  ) async throws -> (PictureAnswer, Prediction?) {
    if options.boxes {
      let boxes = picture.findBoxes()
      let (digits, last) = try await ask(client, about: boxes.compactMap(\.digit))
      var next = 0
      let answered = boxes.map { box in
        defer { next += box.digit == nil ? 0 : 1 }
        return PictureAnswer.Box(box.bounds, digitIndex: box.digit == nil ? nil : next)
      }
      return (PictureAnswer(file: file, digits: digits, boxes: answered), last)
    }
    guard
      case .digits(let found, let leftOut) = picture.findDigits(options.many ? .rows : .one)
    else { return (PictureAnswer(file: file, digits: []), nil) }
    let (digits, last) = try await ask(client, about: found.candidates)
    let chosen = found.chosen(digits.map(\.probability)).map { digits[$0] }
    return (PictureAnswer(file: file, digits: chosen, leftOut: leftOut), last)
  }

  private func ask(
    _ client: DigitClient, about found: [FoundDigit]
  ) async throws -> ([PictureAnswer.Digit], Prediction?) {
    var digits: [PictureAnswer.Digit] = []
    var last: Prediction?
    for start in stride(from: 0, to: found.count, by: Self.imagesPerRequest) {
      let part = found[start..<min(start + Self.imagesPerRequest, found.count)]
      let prediction = try await client.predict(
        ImageBatch(part.flatMap(\.pixels)), model: options.choice, returning: .probabilities)
      let names = prediction.images.classNames
      let threshold = client.rejectionThreshold(of: prediction)
      digits += zip(prediction.images, part).map {
        .init($0, names: names, of: $1, threshold: threshold, showsPixels: options.show)
      }
      last = prediction
    }
    return (digits, last)
  }

  private static let imagesPerRequest = 16

  /// What the person may not expect: digits or marks that were not read. Digits that stand close
  /// together may have been read as one, with nothing left out.
  private func hint(_ answer: PictureAnswer, _ picture: GrayImage) -> String? {
    let file = answer.file.escaped
    guard !options.boxes else { return nil }
    if options.many {
      guard answer.leftOut > 0 else { return nil }
      let marks = answer.leftOut == 1 ? "1 mark" : "\(answer.leftOut) marks"
      return "\(file): left out \(marks) that did not look like a digit"
    }
    guard case .digits(let found, _) = picture.findDigits(.rows) else { return nil }
    let count = found.uncut.candidates.count
    return count > 1 ? "\(file): read 1 of \(count) digits: --many reads all" : nil
  }

  /// JSON comes at the end.
  private func tell(_ answer: PictureAnswer, width: Int) {
    if options.csv {
      for line in PictureTable.lines(answer) { say(line) }
    } else if !options.json {
      show(answer, width: width)
    }
  }

  private func show(_ answer: PictureAnswer, width: Int) {
    let file = answer.file.escaped
    let name = file + String(repeating: " ", count: max(0, width - file.count))
    let digits: [PictureAnswer.Digit?]
    if let boxes = answer.boxes {
      digits = boxes.map { box in box.digitIndex.map { answer.digits[$0] } }
      if boxes.isEmpty { say("\(name)  no boxes: \(FoundBox.noBoxesReason)") }
    } else {
      digits = answer.digits
      if digits.isEmpty { say("\(name)  no digit: \(Finding.noInkReason)") }
    }
    if options.many || options.boxes, digits.count > 1 {
      say("\(name)  \(digits.map { $0?.name.escaped ?? "-" }.joined(separator: " "))")
    }
    for digit in digits {
      say("\(name)  \(digit?.cells.joined(separator: "  ") ?? "empty")")
      guard let pixels = digit?.pixels else { continue }
      say(pixels.halfBlocks(width: 28).joined(separator: "\n"))
    }
  }
}

extension DigitClient {
  /// Of the model that answered, as long as its version is the one that the list speaks of.
  fileprivate func rejectionThreshold(of prediction: Prediction) -> Float? {
    let model = models.first { $0.name == prediction.model }
    return model?.version == prediction.modelVersion ? model?.rejectionThreshold : nil
  }
}
