import CProcess

/// How the process uses its memory.
package enum ProcessMemory {
  /// Above what a request takes, below what a model takes.
  private static let largeByteCount: CInt = 1 << 20

  /// Has large blocks given back to the system when they are freed, as the weights of a model are
  /// that was replaced. Otherwise they would stay, in pieces, and each reload might need new ones.
  package static func returnLargeBlocks() { map_large_blocks(largeByteCount) }
}
