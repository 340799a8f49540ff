/// What the interfaces tell of a model that is served.
package struct ServedModel: Equatable, Sendable {
  /// What the model has done since the server began.
  package struct Counters: Equatable, Sendable {
    package var answeredCount: UInt64 = 0
    /// Refused, expired or failed.
    package var failedCount: UInt64 = 0
    package var imageCount: UInt64 = 0
    package var batchCount: UInt64 = 0
    /// Sums over the answered requests.
    package var totalMicroseconds: UInt64 = 0
    package var queueMicroseconds: UInt64 = 0
    package var computeMicroseconds: UInt64 = 0
    /// When the last request came, in milliseconds since 1970; zero where there was none.
    package var lastRequestMilliseconds: UInt64 = 0

    package init() {}
  }

  package var name: String
  package var version: UInt32
  /// Those that may be asked for.
  package var versions: [UInt32]
  package var isDefault: Bool
  /// What it computes with: "f32", "bf16" or "int8".
  package var precision: String
  /// Whether the input's contrast is mended first.
  package var isConditioned: Bool
  /// The name of each class.
  package var labels: [String]
  /// Share of the test images read right, from the model's card; nil where there is none.
  package var accuracy: Double?
  /// Below which probability an image shows none of the classes; nil where the model does not say.
  package var rejectionThreshold: Float?
  package var parameterCount: Int
  /// Of the weights in memory.
  package var byteCount: Int
  package var counters: Counters

  package init(
    name: String, version: UInt32, isDefault: Bool, precision: String, isConditioned: Bool,
    labels: [String], accuracy: Double? = nil, parameterCount: Int, byteCount: Int,
    counters: Counters = Counters()
  ) {
    self.name = name
    self.version = version
    versions = [version]
    self.isDefault = isDefault
    self.precision = precision
    self.isConditioned = isConditioned
    self.labels = labels
    self.accuracy = accuracy
    self.parameterCount = parameterCount
    self.byteCount = byteCount
    self.counters = counters
  }

  package var classCount: Int { labels.count }
}

/// A version of a model as the index of the repository has it.
package struct IndexedModel: Equatable, Sendable {
  package var name: String
  /// Nil where it is about no version in particular.
  package var version: UInt32?
  package var isServed: Bool
  /// Why it is not served, or not as it lies in the folder; empty where it is.
  package var reason: String

  package init(name: String, version: UInt32?, isServed: Bool, reason: String) {
    self.name = name
    self.version = version
    self.isServed = isServed
    self.reason = reason
  }
}
