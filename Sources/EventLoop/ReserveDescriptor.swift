import Glibc

/// A descriptor held back for when the process has no other.
struct ReserveDescriptor {
  /// Nil where there was none to be had.
  private var descriptor: CInt?

  init() { fill() }

  mutating func fill() {
    guard descriptor == nil else { return }
    let opened = open("/", O_RDONLY | O_CLOEXEC)
    if opened >= 0 { descriptor = opened }
  }

  mutating func release() {
    if let descriptor { close(descriptor) }
    descriptor = nil
  }
}
