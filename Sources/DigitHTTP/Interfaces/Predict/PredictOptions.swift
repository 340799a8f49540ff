import DigitWire

/// What a request to our own interface may say beside its images.
struct PredictOptions: Equatable {
  var model: String?
  var version: UInt32?
  /// Whether a picture may show several digits; nil where nothing is said.
  var many: Bool?
  var isRaw = false
  var deadlineMilliseconds = 0.0

  static let deadlineRange = 0.0...1_000_000.0

  init(_ query: [QueryItem]) throws(HTTPProblem) {
    var seen: Set<String> = []
    for item in query {
      guard seen.insert(item.name).inserted else {
        throw Self.problem("\(item.name) once", got: "it twice")
      }
      try set(item.name, item.value)
    }
  }

  private mutating func set(_ name: String, _ value: String) throws(HTTPProblem) {
    switch name {
    case "model": model = value
    case "version":
      guard let number = UInt32(value), number > 0 else {
        throw Self.problem("a whole number as version", got: value.shortened)
      }
      version = number
    case "many": many = try Self.bool(name, value)
    case "raw": isRaw = try Self.bool(name, value)
    case "deadline_ms":
      guard let number = Double(value), Self.deadlineRange.contains(number) else {
        throw Self.problem("0 to 1000000 milliseconds as deadline_ms", got: value.shortened)
      }
      deadlineMilliseconds = number
    default:
      throw Self.problem("model, version, many, raw or deadline_ms", got: name.shortened)
    }
  }

  private static func bool(_ name: String, _ value: String) throws(HTTPProblem) -> Bool {
    switch value {
    case "1", "true": return true
    case "0", "false": return false
    default: throw problem("1 or 0 as \(name)", got: value.shortened)
    }
  }

  private static func problem(_ expected: String, got: String) -> HTTPProblem {
    HTTPProblem(
      .badRequest, code: "invalid_query", "expected \(expected) in the query, got \(got)")
  }

  func call(_ type: PixelType, _ pixels: [UInt8], _ answer: PredictAnswer) -> InferenceCall {
    // A deadline under a microsecond is still one.
    let deadline = (1_000 * deadlineMilliseconds).rounded(.up)
    return InferenceCall(
      model: model, version: version, pixelType: type, pixels: pixels, isRaw: isRaw,
      deadlineMicroseconds: UInt64(deadline), answer: .predict(answer))
  }
}
