import DigitWire

/// The Open Inference Protocol's REST form (KServe v2), with Triton's extensions for binary tensor
/// data, classification, statistics and model configuration.
package enum OpenInference {
  /// How many bytes of a body are JSON; the rest are tensors.
  static let jsonLengthHeader: StaticString = "inference-header-content-length"

  /// Reads a request: one input, whatever its name.
  ///
  /// - Parameter jsonLength: the header's value; nil where all is JSON.
  static func decode(
    _ body: [UInt8], jsonLength: String?, limits: InferenceLimits
  ) throws(HTTPProblem) -> InferenceCall {
    let split = try jsonByteCount(jsonLength, bodyByteCount: body.count)
    let request = try JSONDocument.read(body[..<split])
    let parameters = try request.member("parameters")
    let input = try OpenInferenceInput(request, limits: limits)
    return InferenceCall(
      pixelType: input.pixelType, pixels: try input.pixels(tensors: body[split...]),
      isRaw: try parameters?.member("raw")?.bool() ?? false,
      deadlineMicroseconds: try deadline(parameters),
      answer: .openInference(try OpenInferenceAnswer(request, parameters, limits: limits)))
  }

  private static func jsonByteCount(
    _ header: String?, bodyByteCount: Int
  ) throws(HTTPProblem) -> Int {
    guard let header else { return bodyByteCount }
    guard header.allSatisfy(\.isASCII), let count = Int(header), 0...bodyByteCount ~= count else {
      throw HTTPProblem(
        .badRequest, code: "invalid_header",
        "expected a number from 0 to \(bodyByteCount), the body's bytes, as "
          + "Inference-Header-Content-Length, got \(header.shortened)")
    }
    return count
  }

  private static func deadline(_ parameters: JSONValue?) throws(HTTPProblem) -> UInt64 {
    UInt64(try parameters?.member("timeout")?.integer(in: 0...Int(Int32.max)) ?? 0)
  }
}

/// The one input of a request.
private struct OpenInferenceInput {
  let pixelType: PixelType
  private let input: JSONValue
  private let datatype: String
  private let sizes: [Int]
  /// How many of the body's bytes are this tensor's; nil where its values are in the JSON.
  private let byteCount: Int?

  init(_ request: JSONValue, limits: InferenceLimits) throws(HTTPProblem) {
    let inputs = try request.required("inputs").elements(atMost: 16)
    guard inputs.count == 1 else {
      throw HTTPProblem(
        .badRequest, code: "wrong_input_count", "expected one input, got \(inputs.count)")
    }
    input = inputs[0]
    _ = try input.required("name").string()
    datatype = try input.required("datatype").string()
    pixelType = try Self.pixelType(datatype, input)
    sizes = try Self.sizes(input.required("shape"), limits: limits)
    byteCount = try Self.byteCount(input)
  }

  private static func pixelType(
    _ datatype: String, _ input: JSONValue
  ) throws(HTTPProblem) -> PixelType {
    switch datatype {
    case "FP16", "BF16", "FP32", "FP64": return .float32
    case "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64": return .uint8
    default:
      throw HTTPProblem(
        .badRequest, code: "wrong_datatype",
        "expected FP32 (ink from 0 to 1) or UINT8 (0 to 255) as \(input.name).datatype, "
          + "got \(datatype.shortened)")
    }
  }

  private static func sizes(
    _ shape: JSONValue, limits: InferenceLimits
  ) throws(HTTPProblem) -> [Int] {
    var sizes: [Int] = []
    for size in try shape.elements(atMost: 16) {
      sizes.append(try size.integer(in: 0...Int(Int32.max)))
    }
    guard let count = ImageShape.imageCount(sizes) else {
      throw ImageShape.problem(shape.name, got: sizes)
    }
    try ImageShape.check(count: count, limits: limits)
    return sizes
  }

  private static func byteCount(_ input: JSONValue) throws(HTTPProblem) -> Int? {
    guard let parameters = try input.member("parameters") else { return nil }
    guard try parameters.member("shared_memory_region") == nil else {
      throw HTTPProblem(
        .badRequest, code: "no_shared_memory",
        "expected the values of \(input.name) in the body, got a region of shared memory")
    }
    return try parameters.member("binary_data_size")?.integer(in: 0...Int(Int32.max))
  }

  func pixels(tensors: ArraySlice<UInt8>) throws(HTTPProblem) -> [UInt8] {
    guard let byteCount else { return try pixelsInJSON(tensors: tensors) }
    guard datatype == "FP32" || datatype == "UINT8" else {
      throw HTTPProblem(
        .badRequest, code: "wrong_datatype",
        "expected FP32 or UINT8 for binary data of \(input.name), got \(datatype)")
    }
    let needed = sizes.reduce(1, *) * pixelType.byteCount
    guard byteCount == needed, tensors.count == needed, try input.member("data") == nil else {
      throw HTTPProblem(
        .badRequest, code: "wrong_byte_count",
        "expected \(needed) bytes of \(datatype) for \(ImageShape.text(sizes)) behind the JSON, "
          + "got binary_data_size \(byteCount) and \(tensors.count) bytes")
    }
    return Array(tensors)
  }

  /// Values are nested as the shape says, or all in one array.
  private func pixelsInJSON(tensors: ArraySlice<UInt8>) throws(HTTPProblem) -> [UInt8] {
    guard tensors.isEmpty else {
      throw HTTPProblem(
        .badRequest, code: "wrong_byte_count",
        "expected no bytes behind the JSON without binary_data_size, got \(tensors.count)")
    }
    let data = try input.required("data")
    let isFlat = data.sizes.count == 1
    return try data.pixels(pixelType, sizes: isFlat ? [sizes.reduce(1, *)] : sizes)
  }
}
