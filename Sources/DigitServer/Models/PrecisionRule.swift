import DigitModel

/// What precision to serve one model in, or all models that have no rule of their own.
package struct PrecisionRule: Equatable, Sendable {
  /// Nil for all.
  package let model: String?
  package let precision: Precision

  /// Reads `PRECISION` or `NAME=PRECISION`; nil where it is neither.
  package init?(parsing text: String) {
    var word = text[...]
    var model: String?
    // The last one: a name may hold others.
    if let separator = text.lastIndex(of: "=") {
      guard separator > text.startIndex else { return nil }
      model = String(text[..<separator])
      word = text[text.index(after: separator)...]
    }
    guard let precision = Precision(rawValue: String(word)) else { return nil }
    self.model = model
    self.precision = precision
  }
}

extension [PrecisionRule] {
  /// By the model's own rule before the one for all, and by the last of equals; `float32` where
  /// there is none.
  package func precision(for model: String) -> Precision {
    let rule = last { $0.model == model } ?? last { $0.model == nil }
    return rule?.precision ?? .float32
  }
}
