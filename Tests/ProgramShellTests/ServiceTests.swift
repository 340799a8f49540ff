import Foundation
import ProgramShell
import Testing

@Suite struct ServiceTests {
  private static let variables = [
    "LISTEN_PID": "7", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "digitd:http:",
  ]

  @Test func `inherited descriptors begin with 3 and have names`() {
    let inherited = InheritedDescriptors(Self.variables, processID: 7)
    #expect(inherited.descriptors.map(\.number) == [3, 4, 5])
    #expect(inherited.descriptors.map(\.name) == ["digitd", "http", "unknown"])
  }

  @Test(arguments: [
    ["LISTEN_PID": "8"], ["LISTEN_FDS": "0"], ["LISTEN_FDS": "-1"], ["LISTEN_FDS": "x"],
    ["LISTEN_FDS": "99999"],
  ])
  func `variables for another process, or that make no sense, are ignored`(other: [String: String])
  {
    let variables = Self.variables.merging(other) { $1 }
    #expect(InheritedDescriptors(variables, processID: 7).descriptors.isEmpty)
  }

  @Test func `a watchdog is fed where it is for this process, and there is whom to tell`() {
    let socket = ["NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "3000000"]
    let period = { (other: [String: String]) in
      ServiceNotifier(socket.merging(other) { $1 }, processID: 7).watchdogPeriod
    }
    #expect(period([:]) == .seconds(3))
    #expect(period(["WATCHDOG_PID": "7"]) == .seconds(3))
    #expect(period(["WATCHDOG_PID": "8"]) == nil)
    #expect(period(["WATCHDOG_USEC": "0"]) == nil)
    #expect(period(["NOTIFY_SOCKET": ""]) == nil)
  }
}
