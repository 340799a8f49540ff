import CProcess
import Glibc

/// How the process uses its memory.
enum ProcessMemory {
  /// Gives back to the system what is free, as the weights of a model are that was replaced: they
  /// would stay, in pieces, and each reload might need new ones. Not for a loop's thread.
  static func returnFree() { return_free_memory() }

  /// Bytes of the process that are in memory; 0 where the system does not tell.
  static var residentByteCount: Int {
    let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { Glibc.close(file) }
    // Pages: "all resident shared …".
    let text = withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { bytes in
      String(decoding: bytes[..<max(0, Glibc.read(file, bytes.baseAddress, 128))], as: UTF8.self)
    }
    let numbers = text.split(separator: " ")
    guard numbers.count > 1, let pages = Int(numbers[1]) else { return 0 }
    return pages * Int(getpagesize())
  }
}
