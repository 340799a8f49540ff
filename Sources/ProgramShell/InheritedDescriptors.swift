/// The sockets that a service manager has opened and hands over (sd_listen_fds(3)): descriptors
/// from 3 on, each with a name.
package struct InheritedDescriptors: Equatable, Sendable {
  package struct Descriptor: Equatable, Sendable {
    package let number: Int32
    /// `FileDescriptorName=` of its unit; "unknown" where there is none.
    package let name: String
  }

  package let descriptors: [Descriptor]

  private static let first: Int32 = 3
  /// More would be no list of sockets.
  private static let countMax: Int32 = 256

  /// - Parameter processID: this program's: the variables may be meant for another.
  package init(_ environment: [String: String], processID: Int32) {
    guard environment["LISTEN_PID"] == "\(processID)",
      let count = environment["LISTEN_FDS"].flatMap(Int32.init), (1...Self.countMax).contains(count)
    else {
      descriptors = []
      return
    }
    let names = (environment["LISTEN_FDNAMES"] ?? "")
      .split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    descriptors = (0..<Int(count)).map { index in
      let name = index < names.count ? names[index] : ""
      return Descriptor(
        number: Self.first + Int32(index), name: name.isEmpty ? "unknown" : name)
    }
  }
}
