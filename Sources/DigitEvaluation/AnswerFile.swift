/// What was answered, in the two forms that other programs read.
package enum AnswerFile {
  /// A line "index label" for each image.
  package static func lines(_ labels: [Int]) -> [UInt8] {
    Array(labels.enumerated().map { "\($0) \($1)\n" }.joined().utf8)
  }

  /// Little-endian float32, as they stand: a row for each image.
  package static func bytes(_ probabilities: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * probabilities.count)
    for value in probabilities {
      for shift in stride(from: 0, to: 32, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
      }
    }
    return bytes
  }
}
