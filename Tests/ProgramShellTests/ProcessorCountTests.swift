import Foundation
import ProgramShell
import Testing

struct ProcessorCountTests {
  @Test(
    arguments: [
      (8, nil, 8), (8, 2, 2), (8, 1.5, 2), (8, 0.2, 1), (1, 4, 1), (0, nil, 1), (2, 2, 2),
    ] as [(Int, Double?, Int)])
  func `the lesser of mask and quota counts, a part of a processor as one`(
    affinity: Int, quota: Double?, count: Int
  ) {
    #expect(ProcessorCount.usable(affinity: affinity, quota: quota) == count)
  }

  @Test func `this machine has at least one processor`() {
    let count = ProcessorCount.usable
    #expect((1...ProcessInfo.processInfo.processorCount).contains(count))
  }

  private static let version2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"
  private static let version1 =
    "33 24 0:29 /docker/3f /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n"
    + "34 24 0:30 /docker/3f /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"

  /// A system of invented files, by their paths.
  struct System: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let files: [String: String]
    let processors: Double?
  }

  @Test(arguments: [
    System(
      testDescription: "version 2 in a namespace of its own",
      files: [
        "proc/self/cgroup": "0::/\n", "proc/self/mountinfo": version2,
        "sys/fs/cgroup/cpu.max": "150000 100000\n",
      ], processors: 1.5),
    System(
      testDescription: "version 2 without a limit",
      files: [
        "proc/self/cgroup": "0::/user.slice/app\n", "proc/self/mountinfo": version2,
        "sys/fs/cgroup/user.slice/app/cpu.max": "max 100000\n",
      ], processors: nil),
    System(
      testDescription: "version 2, limited further up",
      files: [
        "proc/self/cgroup": "0::/user.slice/app\n", "proc/self/mountinfo": version2,
        "sys/fs/cgroup/user.slice/app/cpu.max": "400000 100000\n",
        "sys/fs/cgroup/user.slice/cpu.max": "200000 100000\n",
      ], processors: 2),
    System(
      testDescription: "version 1 in a container that sees only its part",
      files: [
        "proc/self/cgroup": "5:memory:/docker/3f\n4:cpu,cpuacct:/docker/3f\n",
        "proc/self/mountinfo": version1,
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000\n",
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      ], processors: 0.5),
    System(
      testDescription: "version 1 in a group of that part",
      files: [
        "proc/self/cgroup": "4:cpu,cpuacct:/docker/3f/app\n", "proc/self/mountinfo": version1,
        "sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_quota_us": "300000\n",
        "sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_period_us": "100000\n",
      ], processors: 3),
    System(
      testDescription: "version 1 without a limit",
      files: [
        "proc/self/cgroup": "4:cpu,cpuacct:/docker/3f\n", "proc/self/mountinfo": version1,
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      ], processors: nil),
    System(
      testDescription: "both versions mounted, as systemd does",
      files: [
        "proc/self/cgroup": "4:cpu,cpuacct:/docker/3f\n0::/docker/3f\n",
        "proc/self/mountinfo": version1 + version2,
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "200000\n",
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      ], processors: 2),
    System(testDescription: "no files", files: [:], processors: nil),
    System(
      testDescription: "files that say nothing",
      files: [
        "proc/self/cgroup": "nothing\n0::\n", "proc/self/mountinfo": "nothing\n- cgroup2\n",
        "sys/fs/cgroup/cpu.max": "\n",
      ], processors: nil),
  ])
  func `a quota is read as the kernel tells it`(system: System) throws {
    let root = FileManager.default.temporaryDirectory.appending(
      path: "digits-cgroup-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    for (path, text) in system.files {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    #expect(ProcessorQuota(root: root.path).processors == system.processors)
  }
}
