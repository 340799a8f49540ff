import DigitHTTP
import DigitWire
import Testing

struct OpenInferenceAnswerTests {
  private func encoded(_ outputs: [OpenInferenceAnswer.Output], id: String? = nil) -> EncodedBody {
    InferenceCall(
      pixelType: .uint8, pixels: [UInt8](repeating: 0, count: 1_568),
      answer: .openInference(.init(id: id, outputs: outputs))
    ).encode(twoImages)
  }

  @Test func `an answer in JSON is what the protocol says`() {
    let body = encoded([.init(tensor: .probabilities), .init(tensor: .label)], id: "a\"b")
    #expect(body.contentType == "application/json" && body.headers.isEmpty)
    #expect(
      body.text == """
        {"model_name":"compact","model_version":"1","id":"a\\"b",\
        "parameters":{"precision":"f32","queue_us":12,"compute_us":80},"outputs":[\
        {"name":"probabilities","datatype":"FP32","shape":[2,3],"data":[0.25,0.5,0.25,1e-09,0,1]},\
        {"name":"label","datatype":"INT64","shape":[2],"data":[1,2]}]}
        """)
  }

  @Test func `binary outputs follow the JSON, in their order`() throws {
    let body = encoded([
      .init(tensor: .label, isBinary: true), .init(tensor: .probabilities, isBinary: true),
    ])
    #expect(body.contentType == "application/octet-stream")
    let header = try #require(body.headers.first)
    #expect(header.name == "Inference-Header-Content-Length")
    let length = try #require(Int(header.value))
    let outputs = try #require(try body.json(byteCount: length)["outputs"] as? [[String: Any]])
    let sizes = outputs.map { ($0["parameters"] as? [String: Int])?["binary_data_size"] }
    #expect(sizes == [16, 24])
    #expect(outputs.allSatisfy { $0["data"] == nil })
    let tensors = Array(body.bytes[length...])
    #expect(tensors.count == 40)
    #expect(Array(tensors[..<16]) == [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(tensors[16..<20]) == [0, 0, 0x80, 0x3e])
  }

  @Test func `classification names the most probable classes`() throws {
    let output = OpenInferenceAnswer.Output(tensor: .probabilities, classificationCount: 2)
    #expect(
      encoded([output]).text.hasSuffix(
        #"{"name":"probabilities","datatype":"BYTES","shape":[2,2],"#
          + #""data":["0.5:1:b","0.25:0:a","1.0:2:c","1e-09:0:a"]}]}"#))
  }

  @Test func `no more classes come than there are`() {
    let output = OpenInferenceAnswer.Output(tensor: .probabilities, classificationCount: 1_000)
    #expect(encoded([output]).text.contains(#""shape":[2,3]"#))
  }

  @Test func `texts as bytes have their lengths before them`() throws {
    let body = encoded([.init(tensor: .probabilities, isBinary: true, classificationCount: 1)])
    let length = try #require(body.headers.first.flatMap { Int($0.value) })
    let tensor = Array(body.bytes[length...])
    #expect(tensor == [7, 0, 0, 0] + Array("0.5:1:b".utf8) + [7, 0, 0, 0] + Array("1.0:2:c".utf8))
  }
}

struct OpenInferenceModelTests {
  @Test func `the server and its health are told`() {
    #expect(
      OpenInference.server(version: "1.2").text == """
        {"name":"digitd","version":"1.2","extensions":["binary_tensor_data","classification",\
        "model_configuration","model_repository","statistics"]}
        """)
    #expect(OpenInference.liveness(true).text == #"{"live":true}"#)
    #expect(OpenInference.readiness(false).text == #"{"ready":false}"#)
    #expect(OpenInference.readiness(of: compact).text == #"{"name":"compact","ready":true}"#)
  }

  @Test func `a model's tensors are told`() {
    #expect(
      OpenInference.metadata(of: compact).text == """
        {"name":"compact","versions":["1"],"platform":"digits","inputs":[\
        {"name":"image","datatype":"FP32","shape":[-1,28,28]}],"outputs":[\
        {"name":"probabilities","datatype":"FP32","shape":[-1,10]},\
        {"name":"label","datatype":"INT64","shape":[-1]}]}
        """)
    #expect(
      OpenInference.configuration(of: compact, limits: InferenceLimits()).text == """
        {"name":"compact","platform":"digits","backend":"digits","max_batch_size":256,"input":[\
        {"name":"image","data_type":"TYPE_FP32","dims":[28,28]}],"output":[\
        {"name":"probabilities","data_type":"TYPE_FP32","dims":[10]},\
        {"name":"label","data_type":"TYPE_INT64","dims":[1],"reshape":{"shape":[]}}]}
        """)
    #expect(
      OpenInference.index(of: [
        IndexedModel(name: "compact", version: 1, isServed: true, reason: ""),
        IndexedModel(name: "tiny", version: nil, isServed: false, reason: "cut short"),
      ]).text
        == #"[{"name":"compact","version":"1","state":"READY","reason":""},"#
        + #"{"name":"tiny","version":"","state":"UNAVAILABLE","reason":"cut short"}]"#)
    #expect(OpenInference.index(of: []).text == "[]")
  }

  @Test func `statistics count in nanoseconds`() throws {
    let body = OpenInference.statistics(of: [compact])
    let models = try #require(try body.json()["model_stats"] as? [[String: Any]])
    #expect(models.first?["inference_count"] as? Int == 7)
    #expect(models.first?["execution_count"] as? Int == 2)
    let figures = try #require(models.first?["inference_stats"] as? [String: [String: Int]])
    #expect(figures["queue"] == ["count": 3, "ns": 9_000])
    #expect(
      figures.keys.sorted() == [
        "compute_infer", "compute_input", "compute_output", "fail", "queue", "success",
      ])
  }
}
