import Foundation

/// The bytes of a file of at most `limit` bytes; the size is checked before memory is taken.
func readBytes(of path: String, limit: Int) throws(DataFileError) -> [UInt8] {
  do {
    let file = try FileHandle(forReadingFrom: URL(filePath: path))
    let byteCount = Int(clamping: try file.seekToEnd())
    guard byteCount <= limit else {
      throw DataFileError(path, .tooLarge(byteCount: byteCount, limit: limit))
    }
    try file.seek(toOffset: 0)
    return [UInt8](try file.readToEnd() ?? Data())
  } catch let error as DataFileError {
    throw error
  } catch {
    throw DataFileError(path, .unreadable(reason: reason(error)))
  }
}

private func reason(_ error: any Error) -> String {
  let error = error as NSError
  let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
  guard underlying.domain == NSPOSIXErrorDomain else { return error.localizedDescription }
  return String(cString: strerror(Int32(underlying.code)))
}
