/// Writes metrics as text.
///
/// A histogram's lines are put together from pieces that are made once for each of its series, for
/// they are nearly all of a scrape, and a scrape is written where others wait.
package struct Exposition {
  private let format: ExpositionFormat
  private var output: [UInt8] = []

  /// - Precondition: names are unique and valid, and so are the labels of one family.
  package static func text(_ families: [MetricFamily], as format: ExpositionFormat) -> [UInt8] {
    var exposition = Exposition(format: format)
    for family in families { exposition.write(family) }
    switch format {
    case .prometheus: break
    case .openMetrics: exposition.write("# EOF\n")
    }
    return exposition.output
  }

  private init(format: ExpositionFormat) {
    self.format = format
    output.reserveCapacity(Self.usualByteCount)
  }

  /// With eight models, so that memory is not moved again and again.
  private static let usualByteCount = 128 * 1024

  private mutating func write(_ family: MetricFamily) {
    switch family.samples {
    case .counter(let samples):
      writeHead(of: family, type: "counter", suffix: "_total")
      for sample in samples { write(sample, name: family.name + "_total") }
    case .gauge(let samples):
      writeHead(of: family, type: "gauge")
      for sample in samples { write(sample, name: family.name) }
    case .histogram(let samples):
      writeHead(of: family, type: "histogram")
      for sample in samples { write(sample, name: family.name) }
    }
  }

  /// - Parameter suffix: of the samples' names; in Prometheus' text of the family's name, too.
  private mutating func writeHead(of family: MetricFamily, type: String, suffix: String = "") {
    switch format {
    case .prometheus:
      let name = family.name + suffix
      write("# HELP \(name) \(Self.escaped(family.help, quotes: false))\n# TYPE \(name) \(type)\n")
    case .openMetrics:
      write("# TYPE \(family.name) \(type)\n")
      if let unit = family.unit { write("# UNIT \(family.name) \(unit.rawValue)\n") }
      write("# HELP \(family.name) \(Self.escaped(family.help, quotes: true))\n")
    }
  }

  private mutating func write(_ sample: MetricFamily.Sample<MetricNumber>, name: String) {
    writeLine(name, labels: Self.text(of: sample.labels), sample.value)
  }

  private mutating func write(_ sample: MetricFamily.Sample<HistogramValue>, name: String) {
    let labels = Self.text(of: sample.labels)
    let beginning = Array("\(name)_bucket{\(labels)\(labels.isEmpty ? "" : ",")".utf8)
    var count: UInt64 = 0
    for (bucket, end) in zip(sample.value.counts, sample.value.bounds.labelEnds) {
      count += bucket
      output.append(contentsOf: beginning)
      output.append(contentsOf: end)
      write(count)
      output.append(Self.newline)
    }
    writeLine(name + "_sum", labels: labels, sample.value.sum)
    writeLine(name + "_count", labels: labels, .whole(count))
  }

  private mutating func writeLine(_ name: String, labels: String, _ value: MetricNumber) {
    write(labels.isEmpty ? "\(name) " : "\(name){\(labels)} ")
    switch value {
    case .whole(let number): write(number)
    case .billionths(let number): writeBillionths(number)
    }
    output.append(Self.newline)
  }

  private static let newline = UInt8(ascii: "\n")
}

// MARK: - Pieces

extension Exposition {
  private mutating func write(_ text: String) { output.append(contentsOf: text.utf8) }

  /// - Parameter digitCountMin: zeros go before a number with fewer digits.
  private mutating func write(_ number: UInt64, digitCountMin: Int = 1) {
    var digitCount = 1
    var rest = number / 10
    while rest > 0 {
      digitCount += 1
      rest /= 10
    }
    digitCount = max(digitCount, digitCountMin)
    output.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: digitCount))
    var place = output.count - 1
    rest = number
    while rest > 0 {
      output[place] += UInt8(rest % 10)
      rest /= 10
      place -= 1
    }
  }

  /// With as many digits behind the point as say all, and at least one.
  private mutating func writeBillionths(_ number: UInt64) {
    write(number / 1_000_000_000)
    output.append(UInt8(ascii: "."))
    let point = output.count
    write(number % 1_000_000_000, digitCountMin: 9)
    while output.count > point + 1, output.last == UInt8(ascii: "0") { output.removeLast() }
  }

  private static func text(of labels: [MetricFamily.Label]) -> String {
    labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",")
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    guard text.utf8.contains(where: { [0x5C, 0x0A, 0x22].contains($0) }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      case _: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
