import Foundation
import ProtocolFixtures
import Testing

/// digitd under a service manager: what it tells, and the sockets that it is given.
@Suite(.timeLimit(.minutes(3))) struct DigitdServiceTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func server(
    _ environment: [String: String], arguments: [String] = [], shell: String? = nil,
    standardInput: FileHandle? = nil
  ) throws -> RunningServer {
    try RunningServer(
      models: Program.root.appending(path: "Models").path, arguments: arguments,
      environment: environment, shell: shell, standardInput: standardInput)
  }

  @Test(arguments: [false, true])
  func `systemd is told when the server is ready, reloads and stops`(isAbstract: Bool) throws {
    let name = isAbstract ? "@digits-\(UUID().uuidString)" : folder.path("notify")
    let manager = try NotifySocket(name)
    let server = try server(["NOTIFY_SOCKET": name], arguments: ["--workers", "2"])
    #expect(manager.receive() == ["READY=1", "STATUS=9 models, 2 workers, 0 connections"])
    let client = WireClient.greeted(port: server.port)
    #expect(manager.receive() == ["STATUS=9 models, 2 workers, 1 connections"])
    kill(server.processID, SIGHUP)
    let reloading = manager.receive()
    #expect(reloading.first == "RELOADING=1")
    let microseconds = reloading.last?.split(separator: "=").last.flatMap { UInt64($0) } ?? 0
    let now = DispatchTime.now().uptimeNanoseconds / 1_000
    #expect((now - 60_000_000...now).contains(microseconds), "\(reloading)")
    #expect(manager.receive() == ["READY=1"])
    #expect(server.stop() == 0)
    withExtendedLifetime(client) {}
    #expect(manager.receive() == ["STOPPING=1", "STATUS=draining, 1 connections"])
  }

  @Test func `the watchdog is fed while the loop turns, and not while it does not`() throws {
    let manager = try NotifySocket(folder.path("notify"))
    let server = try server([
      "NOTIFY_SOCKET": folder.path("notify"), "WATCHDOG_USEC": "2000000",
    ])
    #expect(manager.receive().first == "READY=1")
    for _ in 0..<3 { #expect(manager.receive() == ["WATCHDOG=1"]) }
    kill(server.processID, SIGSTOP)
    // What was sent before the stop.
    while !manager.receive(within: 1).isEmpty {}
    #expect(manager.receive(within: 2) == [])
    kill(server.processID, SIGCONT)
    #expect(manager.receive() == ["WATCHDOG=1"])
    #expect(server.stop() == 0)
  }

  @Test func `a service manager that is not there is a warning`() throws {
    let server = try server(["NOTIFY_SOCKET": folder.path("none")])
    server.waitUntilLogged("service manager not notified")
    #expect(server.stop() == 0)
  }

  @Test(arguments: ["digitd", "http"])
  func `sockets that a service manager has opened are listened on`(name: String) throws {
    let socket = try ListeningFixture()
    let server = try server(
      [:], shell: "exec 3<&0 0</dev/null; export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=\(name)",
      standardInput: socket.handle)
    let address = "127.0.0.1:\(socket.port)"
    if name == "http" {
      #expect(server.httpAddresses == [address])
    } else {
      #expect(server.addresses.contains(address), "\(server.log)")
      let client = WireClient.greeted(port: socket.port)
      withExtendedLifetime(client) {}
    }
    #expect(server.stop() == 0)
  }

  @Test func `a descriptor that is no listening socket is refused by name`() throws {
    let outcome = try Program.digitd.run(
      ["--models", "Models"],
      shell: "exec 3</dev/null; export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web; "
        + "exec \"$0\" \"$@\"")
    #expect(outcome.status == 2)
    #expect(
      outcome.errors.contains("expected descriptor 3 of LISTEN_FDS ('web') to be a listening"),
      "\(outcome.errors)")
  }
}

/// A socket at a port of the system's choice.
private final class ListeningFixture {
  let handle: FileHandle
  let port: UInt16

  init() throws {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var byteCount = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, byteCount) == 0 && listen(descriptor, 16) == 0
          && getsockname(descriptor, $0, &byteCount) == 0
      }
    }
    try #require(isBound)
    port = UInt16(bigEndian: address.sin_port)
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }
}

/// What systemd has: a datagram socket at a path, or at an abstract name behind @.
private final class NotifySocket {
  private let descriptor: CInt

  init(_ name: String) throws {
    descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
    let isAbstract = name.hasPrefix("@")
    let path = isAbstract ? "\0" + name.dropFirst() : name
    let status = withUnixAddress(path) { address, length in
      // The name of an abstract socket is as long as the address says.
      let header = socklen_t(MemoryLayout<sa_family_t>.size)
      return bind(descriptor, address, isAbstract ? header + socklen_t(path.utf8.count) : length)
    }
    try #require(status == 0)
  }

  deinit { close(descriptor) }

  /// The lines of the next datagram; none after so many seconds without one.
  func receive(within seconds: Int = 60) -> [String] {
    var patience = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
      .split(separator: "\n").map(String.init)
  }
}
