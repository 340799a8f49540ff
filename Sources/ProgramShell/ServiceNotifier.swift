import CProcess
import Foundation

/// Tells the service manager that started this program how it is, by datagrams to the socket that
/// NOTIFY_SOCKET names (sd_notify(3)). Where there is none, nobody is told.
package struct ServiceNotifier: Sendable {
  package enum State: Equatable, Sendable {
    /// It serves.
    case ready
    /// It reads its configuration again, and says when it is ready.
    case reloading(monotonicMicroseconds: UInt64)
    /// It ends in order.
    case stopping
    /// It is alive, for a watchdog.
    case alive
    /// Nothing has changed but the status.
    case same
  }

  /// A path, or the name of an abstract socket behind a 0.
  private let address: [UInt8]
  /// Within how long the manager wants to hear that the program is alive; nil where it does not.
  package let watchdogPeriod: Duration?

  /// - Parameter processID: this program's, for a watchdog that is meant for another.
  package init(_ environment: [String: String], processID: Int32) {
    let name = Array((environment["NOTIFY_SOCKET"] ?? "").utf8)
    switch name.first {
    case UInt8(ascii: "@"): address = [0] + name.dropFirst()
    case UInt8(ascii: "/"): address = name
    default: address = []
    }
    let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(processID)" } ?? true
    let microseconds = environment["WATCHDOG_USEC"].flatMap(Int64.init) ?? 0
    watchdogPeriod =
      isOurs && microseconds > 0 && !address.isEmpty ? .microseconds(microseconds) : nil
  }

  /// Never waits for the manager.
  /// - Parameter status: what the manager shows, one line.
  /// - Returns: why it could not be told; nil where it was, or where nobody wants to know.
  @discardableResult
  package func tell(_ state: State, status: String? = nil) -> String? {
    guard !address.isEmpty else { return nil }
    var lines = Self.assignments(state)
    if let status {
      lines.append("STATUS=" + status.split(separator: "\n").joined(separator: " "))
    }
    let text = Array(lines.map { $0 + "\n" }.joined().utf8)
    let error = unsafe address.withUnsafeBytes { address in
      unsafe text.withUnsafeBytes { text in
        unsafe send_datagram(
          address.baseAddress, address.count, text.baseAddress, text.count)
      }
    }
    return error == 0 ? nil : unsafe String(cString: strerror(error))
  }

  private static func assignments(_ state: State) -> [String] {
    switch state {
    case .ready: ["READY=1"]
    case .reloading(let microseconds): ["RELOADING=1", "MONOTONIC_USEC=\(microseconds)"]
    case .stopping: ["STOPPING=1"]
    case .alive: ["WATCHDOG=1"]
    case .same: []
    }
  }
}
