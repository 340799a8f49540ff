import Arguments
import DigitClient
import ProgramShell

/// Which server to talk to: options that every verb has.
struct ServerOptions {
  var address = "127.0.0.1:7311"
  var tokenFile: String?

  /// - Parameter patience: for connecting and for what is no prediction; the client's own unless
  ///   given.
  /// - Throws: `Failure` that says what to do where nobody listens.
  func connect(
    on loop: ClientLoop? = nil, within patience: Duration? = nil
  ) async throws -> DigitClient {
    var options = ClientOptions()
    options.loop = loop
    options.connectTimeout = patience ?? options.connectTimeout
    options.controlTimeout = patience ?? options.controlTimeout
    options.token = try token
    do {
      return try await DigitClient.connect(to: address, options: options)
    } catch let error as DigitClientError {
      guard case .connectFailed = error else { throw error }
      throw Failure("\(error). \(whatToDo)")
    }
  }

  /// Where nobody listens.
  var whatToDo: String {
    "Is digitd running there? Start it with 'digitd --listen \(address)', or name another server "
      + "with --server or DIGITS_SERVER."
  }

  /// Empty where no file is named.
  var token: [UInt8] { get throws { try tokenFile.map(TokenFile.read) ?? [] } }
}

/// A verb's options that name a server.
protocol NamesServer {
  var server: ServerOptions { get set }
}

extension NamesServer {
  static var serverParameters: [Parameter<Self>] {
    let parameters: [Parameter<Self>] = [
      .option(
        "--server", into: \.server.address, value: "HOST:PORT", environment: "DIGITS_SERVER",
        help: "The server; also [IPV6]:PORT or unix:PATH."),
      .option(
        "--token-file", into: \.server.tokenFile, value: "FILE",
        environment: "DIGITS_TOKEN_FILE", help: "Present the token in this file to the server."),
    ]
    return parameters.map { $0.under("Server") }
  }
}
