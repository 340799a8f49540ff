import Foundation
import ScriptedServers
import Testing

/// Every verb of digitctl against servers that do what they should not.
@Suite(.timeLimit(.minutes(5))) struct HostileServerTests {
  /// Far more often than it takes, and seen to end before the 10 s are over that verbs wait unless
  /// told otherwise.
  private static let looksMax = 800

  @Test(arguments: Hostility.allCases)
  func `no server makes a verb wait beyond its time-out, grow, or speak in riddles`(
    _ hostility: Hostility
  ) throws {
    let server = try HostileServer { hostility.talk(to: $0) }
    hostility.victims.forEachAtOnce { verb in
      do { try attack(verb, server, hostility) } catch { Issue.record(error) }
    }
  }

  private func attack(
    _ verb: Hostility.Verb, _ server: HostileServer, _ hostility: Hostility
  ) throws {
    let outcome = try Program.digitctl.observe(
      verb.arguments(server.address) + ["--timeout", "500ms"],
      interruptWhenHeard: verb.watches, looksMax: Self.looksMax)
    let name = "\(verb.rawValue) of a server that is \(hostility)"
    #expect(!outcome.wasKilled, "\(name) does not end")
    #expect(outcome.status == 1, "\(name) exits with \(outcome.status)")
    #expect(outcome.peakByteCount < 200 << 20, "\(name) takes \(outcome.peakByteCount) bytes")
    let text = outcome.output + outcome.errors
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" }, "\(name): \(text)")
    if hostility.onlyWaits { #expect(text.contains(/\b0\.50? s/), "\(name) says: \(text)") }
    // What a load or a watched ping found stands in its report.
    if verb == .pingWatch {
      #expect(text.contains("no answer") || text.hasPrefix("digitctl"), "\(name) says: \(text)")
    } else if !Hostility.Verb.loads.contains(verb) {
      checkSentences(outcome.errors, of: verb, name)
    }
  }

  /// One sentence; of what watches one for each time that it looked.
  private func checkSentences(_ errors: String, of verb: Hostility.Verb, _ name: String) {
    let lines = errors.split(separator: "\n")
    #expect(verb.watches ? !lines.isEmpty : lines.count == 1, "\(name) says: \(errors)")
    for line in lines {
      #expect(line.hasPrefix("digitctl"), "\(name) says: \(line)")
      if let told = line.firstMatch(of: /expected (.*), got (.*)/) {
        #expect(told.1 != told.2, "\(name) says: \(line)")
      }
    }
  }
}
