import DigitWire

/// A model that a server offers.
public struct ModelDescription: Equatable, Sendable {
  public let name: String
  /// The version that answers when a request names none.
  public let version: UInt32
  public let versions: [UInt32]
  /// Whether it answers requests that name no model.
  public let isDefault: Bool
  /// Whether the server conditions images for it; `ImageBatch.isConditioned` skips that.
  public let isConditioned: Bool
  /// The numbers that the model computes with on this server.
  public let precision: Precision
  public let pixelTypes: Set<PixelType>
  /// One per class, in class order.
  public let labels: [String]
  /// Above 0 and at most 1: an image whose most probable class has less shows none of the classes.
  /// `RejectionRule` judges so. Nil where the model does not say.
  public let rejectionThreshold: Float?

  init(_ entry: ModelEntry) {
    name = entry.name
    version = entry.version
    versions = entry.versions
    isDefault = entry.isDefault
    isConditioned = entry.isConditioned
    precision = entry.precision
    pixelTypes = entry.pixelTypes
    labels = entry.labels
    rejectionThreshold = entry.rejectionThreshold
  }
}

/// Which model and version shall answer: `"cnn-28"`, `.named("cnn-28", version: 3)`.
public struct ModelChoice: Equatable, Sendable, ExpressibleByStringLiteral {
  /// Nil is the server's default model.
  public let name: String?
  /// 0 is the server's choice.
  public let version: UInt32

  public static let serverDefault = ModelChoice(name: nil, version: 0)

  public static func named(_ name: String, version: UInt32 = 0) -> ModelChoice {
    ModelChoice(name: name, version: version)
  }

  public init(stringLiteral name: String) { self.init(name: name, version: 0) }

  private init(name: String?, version: UInt32) {
    self.name = name
    self.version = version
  }
}
