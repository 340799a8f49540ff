import CProcess
import Foundation

/// How many processors this process may keep busy: those on which it may run, and no more than its
/// control groups pay for.
///
/// The machine's count would start 64 threads in a container that has two processors' time, and
/// each would be stopped for most of every period.
package enum ProcessorCount {
  /// At least 1.
  package static var usable: Int {
    usable(affinity: affinityCount, quota: ProcessorQuota().processors)
  }

  /// A part of a processor counts as a whole one: two threads use 1.5 processors, one does not.
  package static func usable(affinity: Int, quota: Double?) -> Int {
    guard let quota, quota < Double(affinity) else { return max(affinity, 1) }
    return max(Int(quota.rounded(.up)), 1)
  }

  /// The processors of the affinity mask: what `taskset` and container runtimes set.
  private static var affinityCount: Int {
    // As many as Linux's own set holds.
    var numbers = [CInt](repeating: 0, count: 1_024)
    return Int(unsafe allowed_processors(&numbers, numbers.count))
  }
}

/// What the control groups of this process allow it, in processors: cgroup versions 1 and 2.
///
/// A group's limit holds for all groups within it, so the least on the way up counts. Which folder
/// is a group's is told by two files of the kernel:
///
///     /proc/self/cgroup      0::/user/app                 (version 2)
///                            4:cpu,cpuacct:/docker/3f     (version 1)
///     /proc/self/mountinfo   … /mounted/folder /mount/point … - cgroup2 …
///                            … /mounted/folder /mount/point … - cgroup … rw,cpu,cpuacct
package struct ProcessorQuota {
  private let root: String

  /// - Parameter root: the folder in which the system's files lie; tests invent them.
  package init(root: String = "") { self.root = root }

  /// Nil where nothing limits it.
  package var processors: Double? {
    groups.flatMap(quotas).min()
  }

  private struct Group {
    let mountPoint: String
    /// Below the mount point; "" is the mounted folder itself.
    let path: String
    let isVersion2: Bool
  }

  /// The groups that may limit processor time, of both versions where both are mounted.
  private var groups: [Group] {
    let mounts = lines("/proc/self/mountinfo").compactMap(Mount.init)
    return lines("/proc/self/cgroup").compactMap { line in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return nil }
      let isVersion2 = fields[0] == "0" && fields[1].isEmpty
      guard isVersion2 || fields[1].split(separator: ",").contains("cpu"),
        let mount = mounts.first(where: { isVersion2 ? $0.isVersion2 : $0.limitsProcessors })
      else { return nil }
      return Group(
        mountPoint: mount.point, path: mount.pathBelow(String(fields[2])), isVersion2: isVersion2)
    }
  }

  /// The limits of a group and of those around it.
  private func quotas(of group: Group) -> [Double] {
    var names = group.path.split(separator: "/")
    var quotas: [Double] = []
    while true {
      let folder = ([Substring(group.mountPoint)] + names).joined(separator: "/")
      if let quota = group.isVersion2 ? version2(folder) : version1(folder) { quotas.append(quota) }
      guard names.popLast() != nil else { return quotas }
    }
  }

  /// "max 100000" or "150000 100000": microseconds in each period of so many.
  private func version2(_ folder: String) -> Double? {
    let numbers = lines("\(folder)/cpu.max").first?.split(separator: " ").map { Double($0) } ?? []
    guard numbers.count == 2, let quota = numbers[0], let period = numbers[1] else { return nil }
    return quotient(quota, period)
  }

  /// Two files; a quota of -1 is none.
  private func version1(_ folder: String) -> Double? {
    let number = { (name: String) in
      lines("\(folder)/cpu.cfs_\(name)_us").first.flatMap { Double($0) }
    }
    guard let quota = number("quota"), let period = number("period") else { return nil }
    return quotient(quota, period)
  }

  private func quotient(_ quota: Double, _ period: Double) -> Double? {
    quota > 0 && period > 0 ? quota / period : nil
  }

  /// None where the file cannot be read.
  private func lines(_ path: String) -> [Substring] {
    let text = try? String(contentsOfFile: root + path, encoding: .utf8)
    return text?.split(separator: "\n") ?? []
  }
}

/// One line of /proc/self/mountinfo that mounts control groups.
private struct Mount {
  let point: String
  /// The folder of the hierarchy that is mounted: a container sees only its own part.
  private let mountedFolder: String
  let isVersion2: Bool
  let limitsProcessors: Bool

  init?(_ line: Substring) {
    let fields = line.split(separator: " ")
    guard let dash = fields.firstIndex(of: "-"), dash >= 5, fields.count > dash + 3 else {
      return nil
    }
    guard ["cgroup", "cgroup2"].contains(fields[dash + 1]) else { return nil }
    (mountedFolder, point) = (String(fields[3]), String(fields[4]))
    isVersion2 = fields[dash + 1] == "cgroup2"
    limitsProcessors = fields[dash + 3].split(separator: ",").contains("cpu")
  }

  /// Where a group of the hierarchy lies below the mount point; the mount point itself where the
  /// group lies outside of what is mounted.
  func pathBelow(_ group: String) -> String {
    guard mountedFolder != "/" else { return group }
    guard group == mountedFolder || group.hasPrefix("\(mountedFolder)/") else { return "" }
    return String(group.dropFirst(mountedFolder.count))
  }
}
