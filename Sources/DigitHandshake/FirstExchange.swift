import DigitTLS
import DigitWire

/// What a client says first on a connection, in whatever protocol, and how the answer is read. It
/// decides and knows no sockets; `Opener` carries it out.
package protocol OpeningExchange<Answer> {
  associatedtype Answer

  /// What is spoken, within TLS or without it.
  static var inner: TLSProtocol { get }
  /// Sent as soon as the connection is there.
  var requestByteCount: Int { get }
  func encodeRequest(into bytes: UnsafeMutableRawBufferPointer)
  /// For what is said where no answer comes: "WELCOME".
  var answerName: String { get }

  /// Takes what means something off the front of `input`; nil when more must come.
  mutating func read(_ input: inout UnsafeRawBufferPointer) -> ExchangeVerdict<Answer>?
}

/// What a client says first on a connection of the binary protocol, and which message of the
/// server answers it.
package protocol FirstExchange {
  associatedtype Request: WholeMessage
  associatedtype Answer

  /// Sent as soon as the connection is there.
  var request: Request { get }
  /// The type of the answer, for what is said where none comes.
  var answerType: MessageType { get }
  /// Of a frame from the server, until the answer is there.
  var payloadByteCountMax: Int { get }

  func messageArrived(
    _ header: FrameHeader, payload: UnsafeRawBufferPointer
  ) -> ExchangeVerdict<Answer>
}

/// What a message of the server means for a first exchange.
package enum ExchangeVerdict<Answer> {
  /// It is of a type that this version does not know.
  case wait
  case answered(Answer)
  case failed(HandshakeError)
}

extension ExchangeVerdict: Equatable where Answer: Equatable {}

/// A first exchange of messages, which come in frames.
package struct FramedExchange<Exchange: FirstExchange>: OpeningExchange {
  package static var inner: TLSProtocol { .digits }

  private let exchange: Exchange
  private var reader: MessageReader
  /// Whether anything has come from the server.
  private var hasHeard = false

  package init(_ exchange: Exchange) {
    self.exchange = exchange
    reader = MessageReader(payloadByteCountMax: exchange.payloadByteCountMax)
  }

  package var requestByteCount: Int { exchange.request.encodedByteCount }
  package func encodeRequest(into bytes: UnsafeMutableRawBufferPointer) {
    exchange.request.encode(into: bytes)
  }
  package var answerName: String { exchange.answerType.name }

  package mutating func read(
    _ input: inout UnsafeRawBufferPointer
  ) -> ExchangeVerdict<Exchange.Answer>? {
    let bytes = input
    let isBeginning = !hasHeard
    hasHeard = true
    do {
      return try reader.next(&input, exchange.messageArrived)
    } catch FramingError.wrongMark where isBeginning {
      return .failed(.failed("expected a Digits server, got \(ForeignServer(firstBytes: bytes))"))
    } catch {
      return .failed(.failed(error.refusal.message))
    }
  }
}

/// Why there is no answer to what was said first.
package enum HandshakeError: Error, Equatable {
  /// The server answered with ERROR.
  case refused(ErrorMessage)
  /// There was no connection; a phrase to follow a colon.
  case unconnected(String)
  /// There was a connection that cannot be trusted, or not encrypted; such a phrase.
  case insecure(String)
  /// There was no answer, or not one as the protocol says; such a phrase.
  case failed(String)
}

extension FirstExchange {
  /// For a message that is not of `answerType`.
  func otherMessageArrived(
    _ header: FrameHeader, payload: UnsafeRawBufferPointer
  ) -> ExchangeVerdict<Answer> {
    switch MessageType(rawValue: header.type) {
    case nil: return .wait
    case .error?:
      do {
        return .failed(.refused(try ErrorMessage(header, payload: payload)))
      } catch {
        return .failed(malformed(.error, error))
      }
    case let type?:
      return .failed(.failed("expected \(answerType.name), got \(type.name)"))
    }
  }

  func malformed(_ type: MessageType, _ error: PayloadError) -> HandshakeError {
    .failed("expected a well-formed \(type.name): \(error)")
  }
}
