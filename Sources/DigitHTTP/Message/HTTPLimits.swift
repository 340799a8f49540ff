/// The bounds of one request. Beyond them it is refused before memory is taken for it.
package struct HTTPLimits: Sendable {
  /// The request line and the header, with all line ends.
  package var headByteCountMax = 16 * 1024
  /// The request's target.
  package var targetByteCountMax = 4096
  /// Lines of the header.
  package var fieldCountMax = 64
  package var bodyByteCountMax = 16 * 1024 * 1024
  /// A line before a chunk of a body: its length and its extensions.
  package var chunkLineByteCountMax = 256
  /// What follows the last chunk.
  package var trailerByteCountMax = 4096

  package init() {}
}
