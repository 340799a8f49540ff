import Arguments
import DigitClient
import EventLoop
import ProgramShell

/// Which server to talk to: options that every verb has.
struct ServerOptions {
  var address = "127.0.0.1:7311"
  var tokenFile: String?
  /// For connecting, for each answer, and for the writer of a pipe that is read.
  var timeout = Duration.seconds(10)
  /// Where the token file was named: "--token-file", or the variable.
  var tokenFileSource = ""
  var tls = TLSOptions()

  /// - Parameter patience: in place of `timeout`.
  /// - Throws: `Failure` that says what to do where nobody listens.
  func connect(
    on loop: ClientLoop? = nil, within patience: Duration? = nil
  ) async throws -> DigitClient {
    var options = ClientOptions()
    options.loop = loop
    options.connectTimeout = patience ?? timeout
    options.controlTimeout = patience ?? timeout
    options.predictTimeout = patience ?? timeout
    options.token = try token
    options.wantsModelStatistics = true
    options.tls = try tls.read()
    do {
      return try await DigitClient.connect(to: address, options: options)
    } catch let error as DigitClientError {
      guard case .connectFailed = error else { throw error }
      throw Failure("\(error). \(Self.whatToDo(at: address))")
    }
  }

  /// Where nobody listens.
  static func whatToDo(at address: String) -> String {
    "Is digitd running there? Start it with 'digitd --listen \(address)', or name another server "
      + "with --server or DIGITS_SERVER."
  }

  /// The same for one of several servers.
  func at(_ address: SocketAddress) -> ServerOptions {
    var options = self
    options.address = address.description
    return options
  }

  /// Empty where no file is named.
  var token: [UInt8] {
    get throws {
      try tokenFile.map {
        try TokenFile.read($0, namedBy: tokenFileSource, within: timeout)
      } ?? []
    }
  }
}

/// Whether this names a server in one of the three forms; what is wrong with the path of a Unix
/// socket is told when it is opened.
private func isAddress(_ text: String) -> Bool {
  text.hasPrefix("unix:") || (try? SocketAddress(parsing: text)) != nil
}

/// Whether this names one server or several, with commas between them.
private func areAddresses(_ text: String) -> Bool {
  text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { isAddress(String($0)) }
}

/// A verb's options that name a server.
protocol NamesServer {
  var server: ServerOptions { get set }
}

extension NamesServer {
  static var serverParameters: [Parameter<Self>] {
    addressParameters + [
      .option(
        "--timeout", into: \.server.timeout, value: "TIME",
        in: .milliseconds(1)...(.seconds(3_600)),
        help: "Maximum time to wait for the connection, and for each answer."
      ).under("Server")
    ]
  }

  static var addressParameters: [Parameter<Self>] {
    addressParameters(
      .option(
        "--server", into: \.server.address, value: "HOST:PORT",
        kind: "HOST:PORT, [IPV6]:PORT or unix:PATH",
        where: isAddress, environment: "DIGITS_SERVER",
        help: "Server address: HOST:PORT, [IPV6]:PORT or unix:PATH."))
  }

  /// For a verb that talks to several servers at once.
  static var addressesParameters: [Parameter<Self>] {
    addressParameters(
      .option(
        "--server", into: \.server.address, value: "HOST:PORT[,…]",
        kind: "HOST:PORT, [IPV6]:PORT or unix:PATH, or several with commas between them",
        where: areAddresses, environment: "DIGITS_SERVER",
        help: "Server address: HOST:PORT, [IPV6]:PORT or unix:PATH; of several servers with "
          + "commas between them, or as a host name with several addresses."))
  }

  private static func addressParameters(_ address: Parameter<Self>) -> [Parameter<Self>] {
    let parameters: [Parameter<Self>] =
      [
        address,
        .option(
          "--token-file", into: \.server.tokenFile, value: "FILE",
          environment: "DIGITS_TOKEN_FILE", help: "Present the token in this file to the server."
        ).named(in: \.server.tokenFileSource),
      ] + tlsParameters
    return parameters.map { $0.under("Server") }
  }
}
