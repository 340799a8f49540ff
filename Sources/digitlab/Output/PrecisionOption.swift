import Arguments
import DigitModel

extension Precision: ArgumentValue {
  public static var kind: String {
    "one of \(allCases.map(\.rawValue).joined(separator: ", "))"
  }

  public init?(argument: String) { self.init(rawValue: argument) }

  public var argument: String { rawValue }
}

extension Parameter {
  static func precision(into path: WritableKeyPath<Options, Precision>) -> Parameter {
    .option(
      "--precision", into: path, value: "NAME",
      help: "What to compute with: f32, exact, or what the model is calibrated for, bf16 and int8.")
  }
}
