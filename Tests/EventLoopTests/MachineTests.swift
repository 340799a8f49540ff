import EventLoop
import Testing

private func address(_ text: String) -> SocketAddress { try! SocketAddress(parsing: text) }

/// Which addresses behind a name are machines of their own, and which networks they lie in.
@Suite(.timeLimit(.minutes(1))) struct MachineTests {
  @Test(arguments: [
    (["10.0.0.1:5", "10.0.0.2:5"], ["10.0.0.1:5", "10.0.0.2:5"]),
    (["10.0.0.2:5", "10.0.0.1:5", "10.0.0.2:5"], ["10.0.0.2:5", "10.0.0.1:5"]),
    (["[fd00::1]:5", "10.0.0.1:5", "[fd00::2]:5", "10.0.0.2:5"], ["10.0.0.1:5", "10.0.0.2:5"]),
    (["10.0.0.1:5", "[fd00::1]:5", "[fd00::2]:5"], ["[fd00::1]:5", "[fd00::2]:5"]),
    // One machine with an address of either family.
    (["[::1]:5", "127.0.0.1:5"], ["digits:5"]),
    (["10.0.0.1:5"], ["10.0.0.1:5"]), (["[fd00::1]:5"], ["[fd00::1]:5"]), ([], []),
  ])
  func `each machine of a name is there once`(_ found: [String], _ machines: [String]) {
    #expect(address("digits:5").machines(among: found.map(address)).map(\.description) == machines)
  }

  @Test func `a name is looked up while the loop goes on`() throws {
    let loop = try Loop()
    var found: [Result<[SocketAddress], UVError>] = []
    address("localhost:5").lookUpMachines(on: loop) { found.append($0) }
    address("unix:/a").lookUpMachines(on: loop) { found.append($0) }
    #expect(found == [.success([address("unix:/a")])])
    loop.run()
    loop.close()
    #expect(found.count == 2)
    let machines = try #require(found.last).get()
    #expect(machines.count == 1 && (machines[0].isLocal || machines[0].isName), "\(machines)")
  }

  @Test func `a name that no machine can have is a failure`() throws {
    let loop = try Loop()
    var found: [Result<[SocketAddress], UVError>] = []
    address(String(repeating: "a", count: 300) + ":5").lookUpMachines(on: loop) { found.append($0) }
    loop.run()
    loop.close()
    #expect(found.count == 1)
    #expect(throws: UVError.self) { try found[0].get() }
  }

  @Test(arguments: [
    ("digits:5", true), ("10:5", true), ("127.0.0.1:5", false), ("[::1]:5", false),
    ("[fe80::1%eth0]:5", false), ("unix:/digits", false),
  ])
  func `names are told from numbers`(_ text: String, _ isName: Bool) {
    #expect(address(text).isName == isName)
  }

  @Test(arguments: [
    ("10.1.0.0/16", "10.1.255.3:5", true), ("10.1.0.0/16", "10.2.0.0:5", false),
    ("10.1.2.128/25", "10.1.2.129:5", true), ("10.1.2.128/25", "10.1.2.127:5", false),
    ("10.1.2.3/32", "10.1.2.3:5", true), ("10.1.2.3/32", "10.1.2.2:5", false),
    ("0.0.0.0/0", "1.2.3.4:5", true), ("0.0.0.0/0", "[::1]:5", false),
    ("fd00:1::/48", "[fd00:1:0:ffff::2]:5", true), ("fd00:1::/48", "[fd00:1:1::2]:5", false),
    ("fe80::/10", "[fe80::1%eth0]:5", true), ("::/0", "unix:/digits", false),
    ("10.1.0.0/16", "digits:5", false),
  ])
  func `a network contains its addresses`(_ network: String, _ text: String, _ isIn: Bool) throws {
    let network = try #require(NetworkPrefix(parsing: network))
    #expect(network.contains(address(text)) == isIn)
  }

  @Test(arguments: [
    "", "/", "10.1.0.0", "10.1.0.0/", "10.1.0.0/33", "10.1.0.0/-1", "10.1.0/16", "::/129",
    "digits/8", "10.1.0.0/16/8", "10.1.0.0:5/16",
  ])
  func `anything else is no network`(_ text: String) {
    #expect(NetworkPrefix(parsing: text) == nil)
  }
}
