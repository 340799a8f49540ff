import DigitHTTP
import DigitHandshake
import DigitTLS
import DigitWire
import Foundation

/// What a client of the HTTP port asks first: which models there are, and which is the default.
struct ModelListExchange: OpeningExchange {
  static var inner: TLSProtocol { .http }

  private let request: [UInt8]
  private var reader = ResponseReader(bodyByteCountMax: 1 << 20)

  init(_ plan: LoadPlan) {
    let text = "GET /v1/models HTTP/1.1\r\n\(HTTPQuestion.fields(plan))\r\n"
    request = Array(text.utf8)
  }

  var requestByteCount: Int { request.count }
  func encodeRequest(into bytes: UnsafeMutableRawBufferPointer) { bytes.copyBytes(from: request) }
  var answerName: String { "the list of models" }

  mutating func read(
    _ input: inout UnsafeRawBufferPointer
  ) -> ExchangeVerdict<ServerTerms>? {
    do {
      guard try reader.next(&input) else { return nil }
    } catch {
      return .failed(.failed("\(error): --http needs the port of digitd's --http"))
    }
    guard reader.status == 200 else { return .failed(refusal) }
    do {
      let list = try JSONDecoder().decode(ModelList.self, from: Data(reader.body))
      return .answered(list.terms)
    } catch {
      return .failed(
        .failed("expected the models of a Digits server at /v1/models, got other JSON"))
    }
  }

  private var refusal: HandshakeError {
    let text = String(decoding: reader.body.prefix(200), as: UTF8.self)
    let message = "expected status 200 for /v1/models, got \(reader.status): \(text)"
    guard [401, 403, 503].contains(reader.status) else { return .failed(message) }
    return .refused(
      ErrorMessage(Refusal(ErrorCode(httpStatus: reader.status), message)))
  }
}

/// What `GET /v1/models` answers, as far as a load needs it.
private struct ModelList: Decodable {
  let models: [Model]

  struct Model: Decodable {
    let name: String
    let version: UInt32
    let isDefault: Bool
    let precision: String

    private enum CodingKeys: String, CodingKey {
      case name, version, precision
      case isDefault = "default"
    }
  }

  /// Of what a request may hold this port says nothing beforehand: it refuses what is too much.
  var terms: ServerTerms {
    ServerTerms(
      limits: ConnectionLimits(
        imagesPerRequestMax: Int(UInt16.max), requestsInFlightMax: Int(UInt16.max)),
      models: models.enumerated().map { index, model in
        ModelEntry(
          handle: UInt16(clamping: index + 1), name: model.name, version: model.version,
          isDefault: model.isDefault, precision: Precision(model.precision))
      })
  }
}

extension Precision {
  fileprivate init(_ name: String) {
    let all: [Precision] = [.float32, .bfloat16, .int8]
    self = all.first { $0.description == name } ?? .float32
  }
}
