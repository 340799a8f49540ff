import FileAccess

/// The bytes of a file or a pipe of at most `limit` bytes; `-` is standard input.
func readBytes(
  of path: String, limit: Int, patience: Duration = InputFile.patience
) throws(DataFileError) -> [UInt8] {
  do {
    return try InputFile.read(path, limit: limit, patience: patience)
  } catch {
    throw DataFileError(path, .unreadable(error.fault))
  }
}
