import Foundation
import Testing

/// `digitctl predict` on pictures as people send them (Tests/Data/photos).
@Suite(.servesModels, .serialized, .timeLimit(.minutes(5))) struct PicturesTests {
  private let served: Served
  private static let photos = Program.root.appending(path: "Tests/Data/photos")

  init() throws { served = try #require(Served.current) }

  private struct Report: Decodable {
    struct File: Decodable {
      struct Digit: Decodable {
        let label: Int
        let probability: Double
        let runnerUp: Int
        let runnerUpProbability: Double
        let sure: Bool
      }
      let file: String
      let digits: [Digit]
      let error: String?
    }
    let files: [File]
  }

  private func read(_ arguments: String...) throws -> (report: Report, outcome: Program.Outcome) {
    let outcome = try Program.digitctl.run(
      ["predict", "--json"] + arguments, environment: ["DIGITS_SERVER": served.server.address])
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return (try decoder.decode(Report.self, from: Data(outcome.output.utf8)), outcome)
  }

  private func labels(_ folder: String) throws -> [String: String] {
    let text = try String(
      contentsOf: Self.photos.appending(path: "\(folder)/labels.txt"), encoding: .utf8)
    let pairs = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    return Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1]) })
  }

  /// The files read as their labels say.
  private func rightCount(_ report: Report, _ labels: [String: String]) -> Int {
    report.files.count { file in
      let name = URL(filePath: file.file).lastPathComponent
      return file.digits.map { String($0.label) }.joined() == labels[name]
    }
  }

  @Test func `at least 97 of 100 photographed and drawn digits are read right`() throws {
    let labels = try labels("single")
    let (report, outcome) = try read(
      Self.photos.appending(path: "single").path, "--model", "alpha")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(labels.count >= 100)
    #expect(report.files.count == labels.count)
    let right = rightCount(report, labels)
    #expect(Double(right) >= 0.97 * Double(labels.count), "\(right) of \(labels.count)")
    for digit in report.files.flatMap(\.digits) {
      #expect(digit.probability >= digit.runnerUpProbability)
      #expect(digit.label != digit.runnerUp)
      #expect(digit.sure == (digit.probability >= 0.9))
    }
  }

  @Test func `rows of digits are read in order`() throws {
    let labels = try labels("sheets")
    let (report, _) = try read(
      "--many", Self.photos.appending(path: "sheets").path, "--model", "alpha")
    #expect(rightCount(report, labels) >= labels.count - 1)
  }

  @Test func `a broken file costs only itself`() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: Self.photos.appending(path: "single/001.jpg"))
    try whole.write(to: folder.url.appending(path: "a.jpg"))
    try whole.prefix(whole.count / 2).write(to: folder.url.appending(path: "b.jpg"))
    try Data("not a picture".utf8).write(to: folder.url.appending(path: "c.png"))
    try Data("a list".utf8).write(to: folder.url.appending(path: "labels.txt"))
    try whole.write(to: folder.url.appending(path: "z.jpg"))
    let (report, outcome) = try read(folder.url.path, folder.path("missing.png"))
    #expect(outcome.status == 1)
    #expect(report.files.map { $0.digits.map(\.label) } == [[1], [], [], [1], []])
    #expect(report.files.map { $0.error == nil } == [true, false, false, true, false])
    #expect(outcome.errors.split(separator: "\n").count == 3)
    #expect(outcome.errors.contains("b.jpg: expected a whole JPEG picture, got a damaged one"))
    #expect(outcome.errors.contains(" picture, got a text file"))
    #expect(outcome.errors.contains("missing.png: there is no such file"))
  }

  @Test func `names that stand for no picture cost only themselves`() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "none"), withIntermediateDirectories: false)
    let whole = try Data(contentsOf: Self.photos.appending(path: "single/001.jpg"))
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "some"), withIntermediateDirectories: false)
    try whole.write(to: folder.url.appending(path: "some/a.jpg"))
    try Data("resource fork".utf8).write(to: folder.url.appending(path: "some/._a.jpg"))
    let (report, outcome) = try read(
      "", folder.path("none"), "/dev/zero", folder.path("some"))
    #expect(outcome.status == 1)
    #expect(report.files.map { $0.digits.map(\.label) } == [[], [], [], [1]])
    #expect(outcome.errors.contains("none: expected a folder with PNG, JPEG, GIF, "))
    #expect(!outcome.errors.contains("NSCocoa"))
  }

  @Test func `folders within a folder are read where that is asked for, and told as CSV`() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: Self.photos.appending(path: "single/001.jpg"))
    for inner in ["a, b", "c"] {
      let url = folder.url.appending(path: inner)
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
      try whole.write(to: url.appending(path: "x.jpg"))
    }
    try whole.prefix(100).write(to: folder.url.appending(path: "broken.png"))
    // A circle, which is not walked.
    try FileManager.default.createSymbolicLink(
      at: folder.url.appending(path: "c/again"), withDestinationURL: folder.url)
    let flat = try served.digitctl("predict", folder.url.path, "--csv", "--model", "alpha")
    #expect(flat.output.split(separator: "\n").count == 2)
    let outcome = try served.digitctl(
      "predict", "--recursive", folder.url.path, "--csv", "--model", "alpha")
    #expect(outcome.status == 1)
    let lines = outcome.output.split(separator: "\n")
    try #require(lines.count == 4, "\(outcome.output)")
    #expect(lines[0].hasPrefix("file,place,label,probability,sure,not_a_digit,runner_up,"))
    #expect(lines[1].hasPrefix("\"\(folder.url.path)/a, b/x.jpg\",0,1,"))
    #expect(lines[2].hasPrefix("\(folder.path("broken.png")),,,,,,,,,,,,\""))
    #expect(lines[3].hasPrefix("\(folder.path("c/x.jpg")),0,1,"))
    let both = try served.digitctl("predict", folder.url.path, "--csv", "--json")
    #expect(both.errors.contains("expected --json or --csv, got both"))
  }

  @Test func `what was read is drawn over a copy of the picture`() throws {
    let folder = try TemporaryFolder()
    let sheet = Self.photos.appending(path: "sheets/000.jpg").path
    let drawn = folder.path("drawn.png")
    let outcome = try served.digitctl(
      "predict", "--many", sheet, "--annotate", drawn, "--model", "alpha")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let copy = try Data(contentsOf: URL(filePath: drawn))
    #expect(copy.starts(with: [0x89, 0x50, 0x4e, 0x47]))
    let several = try served.digitctl("predict", sheet, sheet, "--annotate", drawn)
    #expect(several.errors.contains("expected one picture with --annotate, got 2"))
    let itself = try served.digitctl("predict", drawn, "--annotate", drawn)
    #expect(itself.status != 0)
    #expect(try Data(contentsOf: URL(filePath: drawn)) == copy)
  }

  /// Three boxes with walls in common, a stroke in the first and in the last, as PGM.
  private static let form: [UInt8] = {
    var bytes = Array("P5 340 200 255\n".utf8)
    for y in 0..<200 {
      for x in 0..<340 {
        let isWall =
          (20..<323).contains(x) && (40..<163).contains(y)
          && ((x - 20) % 100 < 3 || y < 43 || y >= 160)
        let isStroke = (70..<134).contains(y) && ((67..<75).contains(x) || (267..<275).contains(x))
        bytes.append(isWall || isStroke ? 40 : 230)
      }
    }
    return bytes
  }()

  @Test func `each box of a form is told, empty ones too`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("form.pgm")
    try Data(Self.form).write(to: URL(filePath: path))
    let text = try served.digitctl("predict", "--boxes", path, "--model", "alpha")
    let lines = text.output.split(separator: "\n")
    #expect(text.status == 0 && lines.count == 4, "\(text.output)\(text.errors)")
    #expect(lines.first == "\(path)  1 - 1" && lines[2] == "\(path)  empty")
    let csv = try served.digitctl("predict", "--boxes", "--csv", path, "--model", "alpha")
    let rows = csv.output.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(rows.map { $0.count } == [13, 13, 13, 13])
    #expect(rows.dropFirst().map { "\($0[1])\($0[2])" } == ["01", "1", "21"])
    let json = try served.digitctl("predict", "--boxes", "--json", path, "--model", "alpha")
    #expect(json.output.contains(",\"digit_index\":null}"), "\(json.output)")
    let both = try served.digitctl("predict", "--boxes", "--many", path)
    #expect(both.status == 2 && both.errors.contains("expected --many or --boxes, got both"))
    let sheet = Self.photos.appending(path: "sheets/000.jpg").path
    let none = try served.digitctl("predict", "--boxes", sheet, "--model", "alpha")
    #expect(none.output.hasSuffix("no boxes: nothing here looks like a printed box\n"))
  }

  @Test func `names that are not UTF-8 cost only themselves`() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: Self.photos.appending(path: "single/001.jpg"))
    try whole.write(to: folder.url.appending(path: "b.jpg"))
    // "café" and a folder "été" in Latin-1, as bytes.
    let made = try Program.digitctl.run(
      [], in: folder.url,
      shell: "mkdir $'\\xe9t\\xe9' mixed && cp b.jpg $'caf\\xe9.jpg' && cp b.jpg $'\\xe9t\\xe9' "
        + "&& cp b.jpg $'caf\\xe9.jpg' mixed")
    try #require(made.status == 0, "\(made.errors)")
    let outcome = try Program.digitctl.run(
      ["--model", "alpha"], environment: ["DIGITS_SERVER": served.server.address], in: folder.url,
      shell: "\"$0\" predict \"$@\" $'caf\\xe9.jpg' $'\\xe9t\\xe9' mixed b.jpg")
    #expect(outcome.status == 1)
    let answered = outcome.output.split(separator: "\n").map { $0.prefix { $0 != " " } }
    #expect(answered == ["mixed/b.jpg", "b.jpg"], "\(outcome.output)")
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 3, "\(outcome.errors)")
    for line in lines { #expect(line.contains(": expected a name in UTF-8, "), "\(line)") }
  }

  @Test(arguments: [
    "cat \"$1\" | \"$0\" predict --model alpha -",
    "cat \"$1\" | \"$0\" predict --model alpha /dev/stdin",
    "\"$0\" predict --model alpha <(cat \"$1\")",
  ])
  func `a picture comes through a pipe`(shell: String) throws {
    let outcome = try Program.digitctl.run(
      [Self.photos.appending(path: "single/001.jpg").path],
      environment: ["DIGITS_SERVER": served.server.address], shell: shell)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("  1  "))
  }

  @Test func `a picture of several digits is read whole with many, which a hint says`() throws {
    let sheet = Self.photos.appending(path: "sheets/000.jpg").path
    let outcome = try served.digitctl("predict", sheet, "--model", "alpha")
    #expect(outcome.errors.contains("000.jpg: read 1 of 2 digits: --many reads all"))
    let many = try served.digitctl("predict", "--many", sheet, "--model", "alpha")
    #expect(!many.errors.contains("--many"))
  }

  @Test func `an empty sheet is said to be empty`() throws {
    let folder = try TemporaryFolder()
    // The smallest grey PNG: one white pixel.
    let png = """
      iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==
      """
    try #require(Data(base64Encoded: png)).write(to: folder.url.appending(path: "empty.png"))
    let outcome = try served.digitctl("predict", folder.path("empty.png"))
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.hasSuffix("no digit: nothing here looks like ink\n"))
  }

  @Test func `show draws what the network saw under the answer`() throws {
    let file = Self.photos.appending(path: "single/001.jpg").path
    let outcome = try served.digitctl("predict", file, "--show", "--model", "alpha")
    let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 16)
    #expect(lines[0].hasPrefix("\(file)  1  "))
    #expect(lines[1...14].allSatisfy { $0.count == 28 })
    #expect(outcome.output.contains("█"))
  }

  @Test func `a random image of the test set is one of them`() throws {
    let answer = try #require(try served.digitctl("predict", "--random", "--json").object)
    let index = try #require(answer["index"] as? Int)
    #expect((0..<10_000).contains(index))
  }
}
