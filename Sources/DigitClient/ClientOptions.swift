/// How a client connects, and what it holds at most.
public struct ClientOptions: Sendable {
  /// What a server with a token wants to see; at most 512 bytes.
  public var token: [UInt8] = []
  /// Encrypts the connection, and says which servers to trust; nil does not encrypt. Not for Unix
  /// sockets.
  public var tls: ClientTLS?
  /// From the start of connecting to the server's WELCOME.
  public var connectTimeout: Duration = .seconds(5)
  /// The deadline of predictions that are given none; nil waits as long as the connection lives.
  public var predictTimeout: Duration?
  /// How long `ping`, `health`, `stats` and `metadata` wait for their answer.
  public var controlTimeout: Duration = .seconds(10)
  /// Whether `models` follows the server's loads and unloads.
  public var followsModels = true
  /// Whether `stats` tells of each model, too, where the server can.
  public var wantsModelStatistics = false
  /// The thread to live on; nil starts one for this client alone.
  public var loop: ClientLoop?
  public var limits = ClientLimits()
  /// The name that the address was found for, which its certificate is for; nil where it was given
  /// as it is.
  var hostName: String?

  public init() {}
}

/// What one connection holds at most; beyond it requests fail at once or wait.
public struct ClientLimits: Sendable {
  /// Requests that wait because the server's limit in flight is reached; the next one fails
  /// with `DigitClientError.tooManyWaiting`.
  public var waitingRequestsMax = 16_384
  /// Payload of a frame from the server: 1 MiB holds every RESULT of a server with the
  /// protocol's default limits.
  public var payloadByteCountMax = 1 << 20
  /// Written and not yet taken by the system; beyond it predictions wait.
  public var unsentByteCountMax = 4 << 20

  public init() {}
}
