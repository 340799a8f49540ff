import Foundation
import Measure
import Testing

private func histogram(_ values: [UInt64]) -> LatencyHistogram {
  var histogram = LatencyHistogram()
  for value in values { histogram.record(nanoseconds: value) }
  return histogram
}

private func encoded(_ histogram: LatencyHistogram) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  return String(decoding: try encoder.encode(histogram), as: UTF8.self)
}

private func decoded(_ text: String) throws -> LatencyHistogram {
  try JSONDecoder().decode(LatencyHistogram.self, from: Data(text.utf8))
}

struct HistogramFileTests {
  @Test(arguments: [[], [0], [20, 400, 400], [1, 90_000_000_000, 7_654_321]] as [[UInt64]])
  func `a histogram is read back as it was`(values: [UInt64]) throws {
    let original = histogram(values)
    #expect(try decoded(encoded(original)) == original)
  }

  @Test func `those of two runs merge as if they had been one`() throws {
    var merged = try decoded(encoded(histogram([1, 5_000])))
    merged.merge(try decoded(encoded(histogram([70_000, 5_000]))))
    #expect(merged == histogram([1, 5_000, 70_000, 5_000]))
  }

  @Test func `only buckets that hold something are written`() throws {
    #expect(
      try encoded(histogram([20, 400, 400])) == """
        {"buckets":[[20,1],[328,2]],"count":3,"max_ns":400,"min_ns":20,"parts_per_octave":128,\
        "total_ns":820}
        """)
  }

  @Test(arguments: [
    (#""count":3"#, #""count":4"#), ("[328,2]", "[328]"), ("[328,2]", "[99999999,2]"),
    (#""parts_per_octave":128"#, #""parts_per_octave":64"#),
  ])
  func `what does not add up is refused`(part: String, other: String) throws {
    let text = try encoded(histogram([20, 400, 400]))
    let changed = text.replacingOccurrences(of: part, with: other)
    #expect(changed != text)
    #expect(throws: DecodingError.self) { try decoded(changed) }
  }

  @Test(arguments: [
    ("[20,18446744073709551615],[20,4]", "3"),
    ("[20,18446744073709551615],[20,1]", "18446744073709551615"),
    ("[20,18446744073709551615]", "18446744073709551615"),
  ])
  func `counts that no load has are refused`(buckets: String, count: String) {
    #expect(throws: DecodingError.self) {
      try decoded(
        """
        {"buckets":[\(buckets)],"count":\(count),"max_ns":400,"min_ns":20,\
        "parts_per_octave":128,"total_ns":820}
        """)
    }
  }
}
