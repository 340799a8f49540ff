/// What the Open Inference Protocol's answer must hold.
package struct OpenInferenceAnswer: Equatable, Sendable {
  package enum Tensor: String, CaseIterable, Sendable {
    /// FP32 [N, classes].
    case probabilities
    /// INT64 [N]: the index of the most probable class.
    case label
  }

  package struct Output: Equatable, Sendable {
    package var tensor: Tensor
    /// Whether its values follow the JSON as bytes.
    package var isBinary = false
    /// The classification extension: instead of the values so many classes, the most probable
    /// first, each as a text "value:index:name"; nil for the values.
    package var classificationCount: Int?

    package init(tensor: Tensor, isBinary: Bool = false, classificationCount: Int? = nil) {
      self.tensor = tensor
      self.isBinary = isBinary
      self.classificationCount = classificationCount
    }
  }

  /// The request's own, echoed.
  package var id: String?
  /// At least one.
  package var outputs: [Output]

  package init(id: String?, outputs: [Output]) {
    self.id = id
    self.outputs = outputs
  }
}

extension OpenInferenceAnswer {
  /// What a request asks for; all outputs where it names none.
  init(
    _ request: JSONValue, _ parameters: JSONValue?, limits: InferenceLimits
  ) throws(HTTPProblem) {
    id = try request.member("id")?.string(byteCountMax: limits.idByteCountMax)
    let isBinary = try parameters?.member("binary_data_output")?.bool() ?? false
    let count = try Self.classificationCount(parameters)
    outputs = []
    for output in try request.member("outputs")?.elements(atMost: 16) ?? [] {
      outputs.append(try Output(output, isBinary: isBinary, classificationCount: count))
    }
    if outputs.isEmpty {
      outputs = Tensor.allCases.map {
        Output(
          tensor: $0, isBinary: isBinary,
          classificationCount: $0 == .probabilities ? count : nil)
      }
    }
    guard Set(outputs.map(\.tensor)).count == outputs.count else {
      throw HTTPProblem(
        .badRequest, code: "duplicate_output", "expected each output once, got one of them twice")
    }
  }

  fileprivate static func classificationCount(
    _ parameters: JSONValue?
  ) throws(HTTPProblem) -> Int? {
    let count = try parameters?.member("classification")?.integer(in: 0...Int(Int32.max))
    return count == 0 ? nil : count
  }
}

extension OpenInferenceAnswer.Output {
  /// - Parameters: what the request says for all outputs, where this one says nothing.
  fileprivate init(
    _ output: JSONValue, isBinary: Bool, classificationCount: Int?
  ) throws(HTTPProblem) {
    let name = try output.required("name").string()
    guard let tensor = OpenInferenceAnswer.Tensor(rawValue: name) else {
      throw HTTPProblem(
        .badRequest, code: "unknown_output",
        "expected probabilities or label as \(output.name).name, got \(name.shortened)")
    }
    let parameters = try output.member("parameters")
    self.tensor = tensor
    self.isBinary = try parameters?.member("binary_data")?.bool() ?? isBinary
    let count = try OpenInferenceAnswer.classificationCount(parameters)
    self.classificationCount = tensor == .probabilities ? count ?? classificationCount : count
    guard tensor == .probabilities || count == nil else {
      throw HTTPProblem(
        .badRequest, code: "no_classification",
        "expected classification for the output probabilities, got it for label")
    }
    guard try parameters?.member("shared_memory_region") == nil else {
      throw HTTPProblem(
        .badRequest, code: "no_shared_memory",
        "expected \(output.name) in the response, got a region of shared memory for it")
    }
  }
}
