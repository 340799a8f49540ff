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
      help: "Precision to compute in: f32, or bf16 or int8 where the model is calibrated for it.")
  }
}
