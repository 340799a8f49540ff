import DigitHTTP
import DigitServer
import EventLoop
import Testing

struct HTTPHostsTests {
  private func hosts(_ addresses: String..., configured: [String] = []) throws -> HTTPHosts {
    HTTPHosts(
      addresses: try addresses.map { try SocketAddress(parsing: $0) }, configured: configured)
  }

  @Test(arguments: ["127.0.0.1", "127.0.0.1:7380", "localhost:7380", "LOCALHOST.", "[::1]:7380"])
  func `loopback has its usual names, with or without a port`(host: String) throws {
    #expect(try hosts("127.0.0.1:7380").contains(try #require(Authority(host.utf8))))
  }

  @Test(arguments: ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "localhost.evil"])
  func `a name that somebody else's DNS points here is none of ours`(host: String) throws {
    #expect(try !hosts("127.0.0.1:7380").contains(try #require(Authority(host.utf8))))
  }

  @Test func `a server on all addresses takes any address, and no name that it was not given`()
    throws
  {
    let hosts = try hosts("0.0.0.0:80", configured: ["digits.example"])
    #expect(hosts.contains(Authority("192.0.2.7:80".utf8)!))
    #expect(hosts.contains(Authority("[2001:db8::1]".utf8)!))
    #expect(hosts.contains(Authority("localhost".utf8)!))
    #expect(hosts.contains(Authority("Digits.Example:443".utf8)!))
    #expect(!hosts.contains(Authority("other.example".utf8)!))
    #expect(!hosts.contains(Authority("192.0.2.7.example".utf8)!))
  }

  @Test func `one on a single address takes no other`() throws {
    let hosts = try hosts("192.0.2.7:80")
    #expect(hosts.contains(Authority("192.0.2.7".utf8)!))
    #expect(!hosts.contains(Authority("192.0.2.8".utf8)!))
    #expect(!hosts.contains(Authority("localhost".utf8)!))
  }
}
