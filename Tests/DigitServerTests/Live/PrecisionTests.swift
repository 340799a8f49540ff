import DigitKernels
import DigitModel
import DigitServer
import DigitWire
import EventLoop
import ProtocolFixtures
import Testing

/// What a server tells of the precision that a model is served in.
@Suite(.timeLimit(.minutes(1))) struct PrecisionTests {
  /// In every precision that the model is prepared for.
  private static let plans = DigitModel.Precision.allCases.compactMap { precision in
    try? Plan(calibratedModel, precision: precision)
  }

  private static let calibratedModel: Model = {
    var model = TestModels.model("small", units: 24)
    let calibration = PrecisionCalibration(
      inputs: [Array(repeating: Quantization(scale: 0.01, zeroPoint: 0), count: 2)],
      gate: PrecisionCalibration.Gate(imageCount: 1, agreeing: 1))
    for precision in [DigitModel.Precision.int8, .bfloat16] {
      try! model.setCalibration(calibration, for: precision)
    }
    return model
  }()

  @Test func `precisions are called in the protocol as they are on the command line`() {
    let precisions = DigitModel.Precision.allCases
    #expect(precisions.map { "\($0.onWire)" } == precisions.map(\.rawValue))
  }

  @Test(arguments: plans)
  func `metadata and every result tell what the model computes with`(plan: Plan) throws {
    let server = try RunningServer(models: [
      TestModels.other, LoadedModel(name: "small", plan: plan),
    ])
    defer { server.kill() }
    let client = WireClient.greeted(port: server.port)
    client.send(MetadataRequest.one(handle: 2).frame(id: 1))
    let list = try #require(client.receive()).decoded(as: MetadataReply.self)
    #expect(list.models.map { "\($0.precision)" } == [plan.precision.rawValue])
    for returns in [ReturnKind.topOne, .probabilities] {
      let predict = Predict(imageCount: 1, returns: returns, modelHandle: 2)
      client.send(bytes(of: predict.header(requestID: 2)) + testImage(0))
      let result = try PredictResult(try #require(client.receive()).header)
      #expect("\(result.precision)" == plan.precision.rawValue)
    }
  }

  @Test(arguments: DigitModel.Precision.allCases)
  func `a model that computes with other numbers than were asked for is warned of`(
    asked: DigitModel.Precision
  ) {
    let lines = Guarded<[String]>([])
    let log = Log(level: .info) { line in lines.withLock { $0.append(line) } }
    TestModels.small.tell(log, asked: asked, loadingTime: .milliseconds(7))
    let told = lines.withLock { $0.map { $0.drop { $0 != " " }.dropFirst() } }
    var expected = ["INFO model loaded name=small version=1 precision=f32 milliseconds=7\n"]
    if asked != .float32 {
      expected.append(
        "WARNING precision not available on this processor model=small "
          + "asked=\(asked.rawValue) used=f32\n")
    }
    #expect(told.map(String.init) == expected)
  }
}
