import EventLoop
import ProgramShell

/// The sockets that a service manager hands over, by what is spoken there: HTTP where their name
/// begins with http, the binary protocol elsewhere.
struct ServiceSockets {
  var binary: [InheritedSocket] = []
  var http: [InheritedSocket] = []

  var isEmpty: Bool { binary.isEmpty && http.isEmpty }

  init() {}

  /// - Throws: `Misuse` for what is no listening stream socket.
  init(_ inherited: InheritedDescriptors) throws {
    for descriptor in inherited.descriptors {
      do {
        let socket = try InheritedSocket(descriptor.number)
        if descriptor.name.hasPrefix("http") { http.append(socket) } else { binary.append(socket) }
      } catch {
        throw Misuse(
          "expected descriptor \(descriptor.number) of LISTEN_FDS ('\(descriptor.name)') to be a "
            + "listening stream socket, got another: its unit needs ListenStream= and Accept=no "
            + "(\(error))")
      }
    }
  }
}
