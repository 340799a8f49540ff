import DigitHandshake
import DigitWire
import EventLoop

/// Why no load was driven at all.
package enum LoadError: Error, Equatable {
  case connectFailed(address: String, reason: String)
  /// Connected, but not encrypted, or not with a server that is to be trusted.
  case tlsFailed(address: String, reason: String)
  /// Connected, but nothing came that a server of this protocol answers with.
  case handshakeFailed(address: String, reason: String)
  case refused(ErrorCode, message: String)
  case unknownModel(String?, known: [String])
  /// The models that two servers would use.
  case differentModels(String, String)
  case tooManyImages(batch: Int, limit: Int)
  case tooManyInFlight(pipeline: Int, limit: Int)
  case system(String)
  /// Stopped while its connections were made.
  case interrupted
}

extension LoadError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .connectFailed(let address, let reason): "cannot connect to \(address): \(reason)"
    case .tlsFailed(let address, let reason):
      "no secure connection to \(address): \(reason)"
    case .handshakeFailed(let address, let reason):
      "\(address) does not answer as a Digits server: \(reason)"
    case .refused(let code, let message): "the server refused the connection: \(code): \(message)"
    case .unknownModel(nil, let known):
      "expected a default model, but the server has none; name one of \(known.listed)"
    case .unknownModel(let name?, let known):
      "expected a model that the server has (\(known.listed)), got '\(name)'"
    case .differentModels(let first, let second):
      "expected one model at all servers, got \(first) and \(second): name it with --model"
    case .tooManyImages(let batch, let limit):
      "expected at most \(limit) images in a request, the server's limit, got \(batch)"
    case .tooManyInFlight(let pipeline, let limit):
      "expected at most \(limit) requests in flight on a connection, the server's limit, "
        + "got \(pipeline): use more connections"
    case .system(let reason): "the system refused: \(reason)"
    case .interrupted: "interrupted before the load began"
    }
  }
}

extension [String] {
  fileprivate var listed: String { isEmpty ? "none" : joined(separator: ", ") }
}

extension LoadError {
  /// Why the server at `address` could not be talked to.
  init(_ error: HandshakeError, of address: SocketAddress) {
    switch error {
    case .refused(let message): self = .refused(message.code, message: message.message)
    case .unconnected(let reason):
      self = .connectFailed(address: address.description, reason: reason)
    case .insecure(let reason):
      self = .tlsFailed(address: address.description, reason: reason)
    case .failed(let reason):
      self = .handshakeFailed(address: address.description, reason: reason)
    }
  }
}
