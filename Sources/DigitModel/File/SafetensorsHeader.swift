/// What a safetensors file says about itself: https://github.com/huggingface/safetensors#format
///
///     [u64: header length n][n bytes of JSON][tensors, little-endian, no holes]
struct SafetensorsHeader: Equatable {
  struct Entry: Equatable {
    var name: String
    var type: String
    var shape: [Int]
    /// In bytes from the end of the header; `end` is the byte behind the last.
    var start: Int
    var end: Int
  }

  static let prefixByteCount = 8

  var tensors: [Entry] = []
  var metadata: [String: String] = [:]

  /// Checks types, shapes and ranges against the bytes behind the header: float32 only, every
  /// byte in exactly one tensor.
  func check(dataByteCount: Int) throws(HeaderProblem) {
    var position = 0
    for entry in tensors.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
      guard entry.type == "F32" else { throw .type(entry.name, got: entry.type) }
      guard let count = entry.elementCount else { throw .shape(entry.name, entry.shape) }
      guard entry.start <= entry.end, entry.end <= dataByteCount else {
        throw .range(entry.name, entry.start, entry.end, available: dataByteCount)
      }
      guard entry.end - entry.start == 4 * count else {
        throw .length(entry.name, expected: 4 * count, got: entry.end - entry.start)
      }
      guard entry.start == position else {
        throw entry.start < position
          ? .overlap(entry.name, at: entry.start) : .hole(before: entry.name, at: position)
      }
      position = entry.end
    }
    guard position == dataByteCount else { throw .trailing(dataByteCount - position) }
  }
}

extension SafetensorsHeader.Entry {
  /// Nil where the shape passes the limit of parameters.
  fileprivate var elementCount: Int? {
    var count = 1
    for extent in shape {
      guard extent <= ModelLimits.parameterCountMax else { return nil }
      count *= extent
      guard count <= ModelLimits.parameterCountMax else { return nil }
    }
    return count
  }
}

/// What is wrong with a header.
package enum HeaderProblem: Error, Equatable, CustomStringConvertible {
  case syntax(String, at: Int)
  case repeated(String)
  case incomplete(String)
  case rank
  case type(String, got: String)
  case shape(String, [Int])
  case range(String, Int, Int, available: Int)
  case length(String, expected: Int, got: Int)
  case overlap(String, at: Int)
  case hole(before: String, at: Int)
  case trailing(Int)

  package var description: String {
    switch self {
    case .syntax(let expected, let offset): "expected \(expected) at byte \(offset)"
    case .repeated(let name): "\(name) is repeated or unknown"
    case .incomplete(let name): "tensor \(name) needs dtype, shape and two data_offsets"
    case .rank: "a list has more than \(ModelLimits.tensorRankMax) numbers"
    case .type(let name, let type): "tensor \(name): expected dtype F32, got \(type)"
    case .shape(let name, let shape):
      "tensor \(name) of shape \(shape) has more than \(ModelLimits.parameterCountMax) values"
    case .range(let name, let start, let end, let available):
      "tensor \(name): bytes \(start)..<\(end) do not lie within the \(available) of the file"
    case .length(let name, let expected, let got):
      "tensor \(name): its shape takes \(expected) bytes, its data_offsets hold \(got)"
    case .overlap(let name, let offset):
      "tensor \(name), at byte \(offset), overlaps the one before it"
    case .hole(let name, let offset): "unused bytes at \(offset), before tensor \(name)"
    case .trailing(let count): "\(count) bytes behind the last tensor"
    }
  }
}
