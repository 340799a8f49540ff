/// All metrics of one name, as plain values: what a scrape shows of them.
package struct MetricFamily: Equatable, Sendable {
  /// Letters, digits and `_`. Of a counter without `_total`; the unit, if there is one, comes last.
  package var name: String
  /// One sentence.
  package var help: String
  package var unit: Unit?
  package var samples: Samples

  /// Base units: nothing else is exposed.
  package enum Unit: String, Sendable {
    case seconds, bytes
  }

  /// The samples, one for each combination of labels.
  package enum Samples: Equatable, Sendable {
    /// Only ever grow.
    case counter([Sample<MetricNumber>])
    case gauge([Sample<MetricNumber>])
    case histogram([Sample<HistogramValue>])
  }

  package struct Sample<Value: Equatable & Sendable>: Equatable, Sendable {
    package var labels: [Label]
    package var value: Value

    package init(_ labels: [Label] = [], _ value: Value) {
      self.labels = labels
      self.value = value
    }
  }

  package struct Label: Equatable, Sendable {
    package var name: String
    /// Any text.
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(_ name: String, _ help: String, unit: Unit? = nil, _ samples: Samples) {
    self.name = name
    self.help = help
    self.unit = unit
    self.samples = samples
  }
}

/// A number as the server counts it, so that its text is exact.
package enum MetricNumber: Equatable, Sendable {
  case whole(UInt64)
  /// In units of 10⁻⁹: nanoseconds of what is shown in seconds.
  case billionths(UInt64)
}

/// What was observed, by size.
package struct HistogramValue: Equatable, Sendable {
  package var bounds: HistogramBounds
  /// How many lie in each bucket alone: above the bound before its own, and at most at its own. One
  /// more than there are bounds, for what is above them all.
  package var counts: [UInt64]
  package var sum: MetricNumber

  /// - Precondition: there is one count more than there are bounds.
  package init(_ bounds: HistogramBounds, counts: [UInt64], sum: MetricNumber) {
    precondition(counts.count == bounds.count + 1)
    self.bounds = bounds
    self.counts = counts
    self.sum = sum
  }
}

/// The upper bounds of a histogram's buckets, and how they are written: made once, for all scrapes.
package struct HistogramBounds: Equatable, Sendable {
  /// The end of a bucket's labels, such as `le="5e-06"} `; the last is of what is above all bounds.
  let labelEnds: [[UInt8]]

  /// A bound has the same text in every format, for it is part of the series' identity: the one
  /// that OpenMetrics calls canonical, and Swift prints.
  package init(_ upperBounds: [Double]) {
    labelEnds = (upperBounds.map(\.description) + ["+Inf"]).map { Array("le=\"\($0)\"} ".utf8) }
  }

  package var count: Int { labelEnds.count - 1 }
}
