import DigitWire
import PlainText

/// Why a request or a connection did not succeed.
public enum DigitClientError: Error, Equatable, Sendable {
  /// Not `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.
  case invalidAddress(String)
  /// Neither a network, as `10.1.0.0/16`, nor an address.
  case invalidNetwork(String)
  /// No connection: most often nothing listens there.
  case connectFailed(address: String, reason: String)
  /// A connection, but no TLS on it: the server's certificate is not to be trusted, the server does
  /// not trust this client, or one of the two does not encrypt.
  case tlsFailed(address: String, reason: String)
  /// A connection, but no WELCOME on it: something else listens there, or a server that is stuck.
  case handshakeFailed(address: String, reason: String)
  /// The server answered with ERROR: its code, whether a retry may help, and whether the request
  /// was processed are in the message.
  case refused(ErrorMessage)
  /// The connection ended before the answer. A prediction that was sent may have been processed.
  case connectionLost(processed: ErrorMessage.Processed, reason: String)
  /// No answer came before the deadline, or within `ClientOptions.predictTimeout`: `after` that
  /// long.
  case timedOut(after: Duration, processed: ErrorMessage.Processed)
  /// The server has no such model; nil is its default model.
  case unknownModel(String?, known: [String])
  /// More images than the server takes in one request.
  case tooManyImages(count: Int, limit: Int)
  /// Not a whole number of images, or none.
  case invalidImages(valueCount: Int)
  /// The server sent GOAWAY; the request was not sent.
  case serverLeaving(GoAway.Reason)
  /// As many requests wait already as `ClientLimits` allows.
  case tooManyWaiting(limit: Int)
  /// `close` was called.
  case closed
}

extension DigitClientError {
  /// A short name to count errors by: the server's code, or one of this library's own.
  public var code: String {
    switch self {
    case .invalidAddress: "INVALID_ADDRESS"
    case .invalidNetwork: "INVALID_NETWORK"
    case .connectFailed: "CONNECT_FAILED"
    case .tlsFailed: "TLS_FAILED"
    case .handshakeFailed: "HANDSHAKE_FAILED"
    case .refused(let message): message.code.description
    case .connectionLost: "CONNECTION_LOST"
    case .timedOut: "DEADLINE_EXCEEDED"
    case .unknownModel: "UNKNOWN_MODEL"
    case .tooManyImages: "TOO_MANY_IMAGES"
    case .invalidImages: "INVALID_IMAGES"
    case .serverLeaving: "SERVER_LEAVING"
    case .tooManyWaiting: "TOO_MANY_WAITING"
    case .closed: "CLOSED"
    }
  }
}

extension DigitClientError: CustomStringConvertible {
  /// One line, whatever texts of the server are in it.
  public var description: String { text.escaped }

  private var text: String {
    switch self {
    case .invalidAddress(let text):
      "expected HOST:PORT, [IPV6]:PORT or unix:PATH, got '\(text)'"
    case .invalidNetwork(let text):
      "expected ADDRESS/BITS, HOST:PORT, [IPV6]:PORT or unix:PATH, got '\(text)'"
    case .connectFailed(let address, let reason):
      "cannot connect to \(address): \(reason)"
    case .tlsFailed(let address, let reason):
      "no secure connection to \(address): \(reason)"
    case .handshakeFailed(let address, let reason):
      "\(address) does not answer as a Digits server: \(reason)"
    case .refused(let message):
      "the server refused: \(message.code): \(message.message)"
    case .connectionLost(let processed, let reason):
      "the connection was lost before the answer (processed: \(processed)): \(reason)"
    case .timedOut(let time, let processed):
      "expected an answer within \(time), got none (processed: \(processed))"
    case .unknownModel(let name, let known):
      "expected \(known.isEmpty ? "a model, but the server has none" : list(known)), "
        + "got \(name ?? "no name, and the server has no default model")"
    case .tooManyImages(let count, let limit):
      "expected at most \(limit) images in a request to this server, got \(count)"
    case .invalidImages(let valueCount):
      "expected a multiple of \(ProtocolLimits.pixelsPerImage) pixels and at least one image, "
        + "got \(valueCount) values"
    case .serverLeaving(.shutdown):
      "the server is shutting down and takes no new requests"
    case .serverLeaving(.maximumAge):
      "the connection has reached its maximum age and takes no new requests"
    case .tooManyWaiting(let limit):
      "expected at most \(limit) requests to wait on one connection"
    case .closed:
      "the client is closed"
    }
  }

  private func list(_ names: [String]) -> String {
    names.count == 1 ? "model \(names[0])" : "one of the models " + names.joined(separator: ", ")
  }
}
