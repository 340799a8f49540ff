import DigitFiles
import Foundation
import Testing

/// The program that Docs/library.md shows.
@Suite(.servesModels, .timeLimit(.minutes(1))) struct ExampleTests {
  @Test func `the example reads a file of images with two servers`() throws {
    let served = try #require(Served.current)
    let folder = try TemporaryFolder()
    let data = Program.root.appending(path: "Tests/Data/mnist").path
    let images = try ImageSet(
      images: "\(data)/t10k-images-idx3-ubyte.gz", labels: "\(data)/t10k-labels-idx1-ubyte.gz"
    ).prefix(150)
    try Data(images.pixels).write(to: folder.url.appending(path: "images"))
    let example = try Program.example.run(
      folder.path("images"), served.server.address, served.server.address)
    #expect(example.status == 0, "\(example.errors)")

    _ = try served.digitctl(
      "evaluate", "--limit", "150", "--predictions", folder.path("labels"))
    let lines = try String(contentsOfFile: folder.path("labels"), encoding: .utf8)
    let labels = lines.split(separator: "\n").map { $0.split(separator: " ")[1] }
    let read = example.output.split(separator: "\n")
    #expect(read.first?.hasPrefix("the first shows a \(labels[0]), says alpha, ") == true)
    #expect(read.dropFirst().flatMap { $0.split(separator: " ") } == labels)
    #expect(read.count == 1 + 3)
  }
}
