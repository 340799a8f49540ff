import Foundation
import ScriptedServers
import Testing

/// Every verb of digitctl against servers that do what they should not.
@Suite(.timeLimit(.minutes(5))) struct HostileServerTests {
  @Test(arguments: Hostility.allCases)
  func `no server makes a verb wait for ever, grow, or speak in riddles`(
    _ hostility: Hostility
  ) throws {
    let server = try HostileServer { hostility.talk(to: $0) }
    for verb in hostility.victims {
      let outcome = try Program.digitctl.observe(
        verb.arguments + ["--server", server.address, "--timeout", "500ms"],
        interruptWhenHeard: verb == .top, killAfter: 30)
      let name = "\(verb.rawValue) of a server that is \(hostility)"
      #expect(!outcome.wasKilled, "\(name) does not end")
      #expect(outcome.status == 1, "\(name) exits with \(outcome.status)")
      #expect(outcome.peakByteCount < 200 << 20, "\(name) takes \(outcome.peakByteCount) bytes")
      checkText(outcome.errors, of: verb, name)
    }
  }

  /// One sentence; of `top` one for each time that it looked.
  private func checkText(_ errors: String, of verb: Hostility.Verb, _ name: String) {
    let lines = errors.split(separator: "\n")
    #expect(verb == .top ? !lines.isEmpty : lines.count == 1, "\(name) says: \(errors)")
    for line in lines {
      #expect(line.hasPrefix("digitctl"), "\(name) says: \(line)")
      #expect(!line.unicodeScalars.contains { $0.value < 0x20 }, "\(name) says: \(line)")
      if let told = line.firstMatch(of: /expected (.*), got (.*)/) {
        #expect(told.1 != told.2, "\(name) says: \(line)")
      }
    }
  }
}
