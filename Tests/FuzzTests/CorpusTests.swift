import Foundation
import FuzzSubjects
import Testing

/// What the fuzzers begin with, and what once broke something, is read in every run of the tests.
struct CorpusTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    let subject: Subject
    let file: URL
    var testDescription: String { "\(subject.rawValue)/\(file.lastPathComponent)" }
  }

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fuzz")

  private static let samples = Subject.allCases.flatMap { subject in
    let folder = folder.appending(path: "\(subject.rawValue)/Corpus")
    let files = try? FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return (files ?? []).map { Sample(subject: subject, file: $0) }
  }

  @Test(arguments: samples)
  func `a sample is read, or refused, in peace`(sample: Sample) throws {
    [UInt8](try Data(contentsOf: sample.file)).withUnsafeBytes { sample.subject.read($0) }
  }

  @Test(arguments: Subject.allCases)
  func `every fuzzer has something to begin with`(subject: Subject) {
    #expect(Self.samples.count { $0.subject == subject } >= 3)
  }
}
