import EventLoop
import Testing

struct SocketAddressTests {
  @Test(arguments: [
    ("127.0.0.1:7311", SocketAddress.internet(host: "127.0.0.1", port: 7_311)),
    ("localhost:0", .internet(host: "localhost", port: 0)),
    ("a.example:65535", .internet(host: "a.example", port: 65_535)),
    ("[::1]:80", .internet(host: "::1", port: 80)),
    ("[fe80::1%eth0]:80", .internet(host: "fe80::1%eth0", port: 80)),
    ("unix:/run/digits.sock", .unix(path: "/run/digits.sock")),
    ("unix:a:b", .unix(path: "a:b")),
  ])
  func `an address is read and written the same`(_ text: String, _ address: SocketAddress) throws {
    #expect(try SocketAddress(parsing: text) == address)
    #expect(address.description == text)
  }

  @Test(arguments: [
    "", ":", ":80", "localhost", "localhost:", "localhost:65536", "localhost:-1", "localhost: 1",
    "localhost:http", "::1:80", "[]:80", "[::1]", "unix:",
  ])
  func `anything else is refused with what was expected`(_ text: String) {
    do {
      let address = try SocketAddress(parsing: text)
      Issue.record("expected no address, got \(address)")
    } catch {
      #expect(error.description == "expected HOST:PORT, [IPV6]:PORT or unix:PATH, got '\(text)'")
    }
  }
}
