/// A histogram as a file keeps it, so that those of several runs or machines can be merged: only
/// buckets that are not empty, each as its number and its count.
///
///     {"parts_per_octave": 128, "count": 3, "total_ns": 820, "min_ns": 20, "max_ns": 400,
///      "buckets": [[20, 1], [328, 2]]}
extension LatencyHistogram: Codable {
  private enum CodingKeys: String, CodingKey {
    case count, buckets
    case partsPerOctave = "parts_per_octave"
    case total = "total_ns"
    case minimum = "min_ns"
    case maximum = "max_ns"
  }

  /// What other readers of JSON keep exactly, and what may be merged a thousand times.
  private static let readCountMax: UInt64 = 1 << 53

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.partsPerOctave, forKey: .partsPerOctave)
    try container.encode(count, forKey: .count)
    try container.encode(totalNanoseconds, forKey: .total)
    try container.encode(minimumNanoseconds, forKey: .minimum)
    try container.encode(maximumNanoseconds, forKey: .maximum)
    let filled = filledBuckets.map { [UInt64($0.bucket), $0.count] }
    try container.encode(filled, forKey: .buckets)
  }

  /// - Throws: `DecodingError` where the buckets are others than ours, or do not add up.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let corrupt = { (reason: String) in
      DecodingError.dataCorrupted(
        .init(codingPath: container.codingPath, debugDescription: reason))
    }
    let parts = try container.decode(Int.self, forKey: .partsPerOctave)
    guard parts == Self.partsPerOctave else {
      throw corrupt("expected \(Self.partsPerOctave) parts per octave, got \(parts)")
    }
    let buckets = try container.decode([[UInt64]].self, forKey: .buckets)
    let count = try container.decode(UInt64.self, forKey: .count)
    let filled = buckets.compactMap { $0.count == 2 ? (bucket: $0[0], count: $0[1]) : nil }
    // Saturates, at what no count may be.
    let total = filled.reduce(UInt64(0)) { sum, bucket in
      let (next, overflow) = sum.addingReportingOverflow(bucket.count)
      return overflow ? .max : next
    }
    guard count <= Self.readCountMax else {
      throw corrupt("expected at most \(Self.readCountMax) latencies, got \(count)")
    }
    guard filled.count == buckets.count, total == count,
      filled.allSatisfy({ $0.bucket < UInt64(Self.bucketCount) })
    else { throw corrupt("expected pairs of a bucket and a count that add up to \(count)") }
    self.init(
      filled: filled.map { (Int($0.bucket), $0.count) },
      total: try container.decode(UInt64.self, forKey: .total),
      minimum: try container.decode(UInt64.self, forKey: .minimum),
      maximum: try container.decode(UInt64.self, forKey: .maximum))
  }
}
