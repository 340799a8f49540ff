import DigitHTTP
import DigitWire
import Foundation
import HTTPFixtures
import Testing

/// A request for inference as a client sends it, and what is made of it.
struct Asking {
  var route: InferenceRoute
  var query = ""
  var headers: [String] = []
  var limits = InferenceLimits(imagesMax: 8)

  static let openInference = Asking(route: .openInference(model: "compact", version: nil))
  static let tensorFlowServing = Asking(route: .tensorFlowServing(model: "compact", version: 1))

  static func predict(_ contentType: String, query: String = "") -> Asking {
    Asking(route: .predict, query: query, headers: ["Content-Type: \(contentType)"])
  }

  /// The request's head, as the parser reads it.
  func head() throws -> RequestHead {
    let lines = ["POST /\(query) HTTP/1.1", "Host: a"] + headers + ["", ""]
    return try #require(RequestReading(lines.joined(separator: "\r\n")).requests.first).head
  }

  func decode(_ body: [UInt8]) throws -> InferenceCall {
    try route.decode(body, head: head(), limits: limits)
  }

  func decode(_ body: String) throws -> InferenceCall { try decode(Array(body.utf8)) }

  /// Checks that a body is refused so.
  func refuses(
    _ body: String, _ status: HTTPStatus = .badRequest, _ code: String, _ words: String = "",
    at location: SourceLocation = #_sourceLocation
  ) {
    refuses(Array(body.utf8), status, code, words, at: location)
  }

  func refuses(
    _ body: [UInt8], _ status: HTTPStatus = .badRequest, _ code: String, _ words: String = "",
    at location: SourceLocation = #_sourceLocation
  ) {
    #expect(sourceLocation: location) {
      try decode(body)
    } throws: { error in
      guard let problem = error as? HTTPProblem else { return false }
      let isSaid = words.isEmpty || problem.message.contains(words)
      #expect(isSaid, "\(problem.message)", sourceLocation: location)
      #expect(problem.code == code, "\(problem.message)", sourceLocation: location)
      return problem.status == status
    }
  }
}

/// An image whose pixel number `place` is `value`, as JSON.
func image(_ value: String = "1", at place: Int = 0) -> String {
  let pixels = (0..<784).map { $0 == place ? value : "0" }
  return "[\(pixels.joined(separator: ","))]"
}

/// The same image in rows of 28, or with each pixel in an array of its own.
func imageOfRows(_ value: String = "1", at place: Int = 0, isDeep: Bool = false) -> String {
  let rows = (0..<28).map { row in
    let pixels = (0..<28).map { 28 * row + $0 == place ? value : "0" }
    let cells = isDeep ? pixels.map { "[\($0)]" } : pixels
    return "[\(cells.joined(separator: ","))]"
  }
  return "[\(rows.joined(separator: ","))]"
}

extension InferenceCall {
  /// Where pixels are no ground, and their values.
  var ink: [Int: Float] {
    let values: [Float] =
      switch pixelType {
      case .uint8: pixels.map { Float($0) }
      case .float32: pixels.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      }
    let ink = values.enumerated().filter { $0.element != 0 }
    return Dictionary(uniqueKeysWithValues: ink.map { ($0.offset, $0.element) })
  }
}

extension EncodedBody {
  /// The JSON part, read by another reader than ours.
  func json(byteCount: Int? = nil) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(bytes.prefix(byteCount ?? .max)))
    return try #require(object as? [String: Any])
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }
}

let twoImages = InferenceReply(
  modelName: "compact", modelVersion: 1, precision: "f32",
  labels: ["a", "b", "c"], probabilities: [0.25, 0.5, 0.25, 1e-9, 0, 1],
  queueMicroseconds: 12, computeMicroseconds: 80, totalMicroseconds: 130)

let compact: ServedModel = {
  var model = ServedModel(
    name: "compact", version: 1, isDefault: true, precision: "f32", isConditioned: true,
    labels: (0...9).map(String.init), accuracy: 0.996, parameterCount: 55_594, byteCount: 222_376)
  model.counters.answeredCount = 3
  model.counters.imageCount = 7
  model.counters.batchCount = 2
  model.counters.queueMicroseconds = 9
  return model
}()
