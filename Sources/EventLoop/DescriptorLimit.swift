import Glibc

/// How many descriptors the system lets this process have.
package enum DescriptorLimit {
  private static let descriptors = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

  /// Raises the soft limit to the hard one, which needs no privilege.
  /// - Returns: how many there may be now.
  package static func raise() -> Int {
    var limit = rlimit()
    getrlimit(descriptors, &limit)
    let granted = limit.rlim_cur
    limit.rlim_cur = limit.rlim_max
    return Int(clamping: setrlimit(descriptors, &limit) == 0 ? limit.rlim_cur : granted)
  }

  /// Whether another could not be had at this moment.
  package static var isReached: Bool {
    let descriptor = open("/", O_RDONLY | O_CLOEXEC)
    guard descriptor < 0 else {
      close(descriptor)
      return false
    }
    return errno == EMFILE || errno == ENFILE
  }
}
