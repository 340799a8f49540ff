import DigitFiles
import Testing

/// `digitlab show`.
@Suite struct ShowTests {
  @Test func `a digit is drawn under its index and label`() throws {
    let outcome = try Program.digitlab.run("show", "--index", "7", "--data", "Tests/Data/mnist")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("7: 9\n"))
    #expect(outcome.output.contains("█"))
    #expect(outcome.output.split(separator: "\n", omittingEmptySubsequences: false).count == 16)
  }

  @Test func `a grid has its rows and columns, in order or at random`() throws {
    for words in [[], ["--random"]] {
      let outcome = try Program.digitlab.run(
        ["show", "--grid", "2x3", "--data", "Tests/Data/mnist"] + words)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let heads = outcome.output.matches(of: /(\d+): \d/).compactMap { Int($0.1) }
      #expect(heads.count == 6)
      if words.isEmpty { #expect(heads == Array(0..<6)) }
    }
  }

  @Test func `a grid is written as a picture`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("digits.png")
    let outcome = try Program.digitlab.run(
      "show", "--grid", "2x3", "--png", file, "--data", "Tests/Data/mnist")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == "Wrote \(file)\n")
    let picture = try PictureFile.read(file)
    #expect(picture.width == 482 && picture.height == 366)
    #expect(picture.pixels.contains(0) && picture.pixels.contains(255))
  }

  @Test func `an index beyond the set is a failure`() throws {
    let outcome = try Program.digitlab.run(
      "show", "--index", "10000", "--data", "Tests/Data/mnist")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("expected --index from 0 to 9999, got 10000"))
  }

  @Test func `a grid that is none has status 2`() throws {
    let outcome = try Program.digitlab.run("show", "--grid", "0x2")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("such as 3x5"))
  }
}
