import DigitEvaluation
import FileAccess
import PlainText

/// Where the answers of an evaluation are written: as labels, as probabilities, or not at all.
package struct AnswerOutputs {
  private let predictions: OutputFile?
  private let probabilities: OutputFile?

  /// Finds out whether the files could be written, before there is anything to write.
  /// - Parameters:
  ///   - inputs: what is read, and must not be replaced.
  ///   - patience: how long a pipe may be without a reader.
  /// - Throws: `FileError`.
  package init(
    predictions: String?, probabilities: String?, notReplacing inputs: [String?],
    patience: Duration = OutputFile.patience
  ) throws(FileError) {
    let inputs = inputs.compactMap(\.self)
    self.predictions = try predictions.map { (path) throws(FileError) in
      try OutputFile(path, notReplacing: inputs, patience: patience)
    }
    self.probabilities = try probabilities.map { (path) throws(FileError) in
      try OutputFile(path, notReplacing: inputs, patience: patience)
    }
  }

  /// Where the report for people goes: standard output, or standard error where answers go there.
  package var reportStream: StandardStream {
    let takeOutput = [predictions, probabilities].contains { $0?.isStandardOutput == true }
    return takeOutput ? .errors : .output
  }

  /// - Parameter probabilities: images × classes, row-major.
  package func write(labels: [Int], probabilities rows: [Float]) throws(FileError) {
    try predictions?.write(AnswerFile.lines(labels))
    try probabilities?.write(AnswerFile.bytes(rows))
  }
}
