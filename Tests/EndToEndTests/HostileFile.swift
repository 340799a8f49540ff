import DigitFiles
import Foundation
import ProtocolFixtures

/// What may stand where a program expects a file.
enum HostileFile: String, CaseIterable {
  // Neither a file nor an end.
  case silentPipe, endlessPipe, endlessDevice
  // No file at all, or one of another kind.
  case folder, socket, empty, text, gif
  // Larger than anything that is meant, at once or when it is read.
  case sparse, zeros, gzipBomb, countsThatLie, hugePicture, largestPicture, deepJSON, blankLines

  /// Made in a folder; nil where this user may not.
  /// - Parameter name: of a pipe, one for each reader.
  func make(in folder: TemporaryFolder, name: String) throws -> Made? {
    let path = folder.path(name)
    var writer: Process?
    switch self {
    case .silentPipe: mkfifo(path, 0o666)
    case .endlessPipe:
      mkfifo(path, 0o666)
      writer = try Self.endless(into: path)
    case .endlessDevice:
      // As /dev/zero.
      guard mknod(path, S_IFCHR | 0o666, dev_t(1 << 8 | 5)) == 0 else { return nil }
    case .folder: mkdir(path, 0o777)
    case .socket: Self.listen(path)
    case .sparse, .zeros:
      try Data().write(to: URL(filePath: path))
      truncate(path, self == .sparse ? 1 << 40 : 60 << 20)
    case .gzipBomb, .empty, .text, .gif, .countsThatLie, .hugePicture, .largestPicture, .deepJSON,
      .blankLines:
      try Data(content).write(to: URL(filePath: path))
    }
    return Made(path: path, writer: writer)
  }

  struct Made {
    let path: String
    fileprivate let writer: Process?

    func stop() {
      writer?.terminate()
      writer?.waitUntilExit()
    }
  }

  private static func endless(into path: String) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", "exec yes > \"$0\"", path]
    process.standardError = FileHandle.nullDevice
    try Program.start(process)
    return process
  }

  /// A socket whose listener is gone stays in its folder.
  private static func listen(_ path: String) {
    let descriptor = Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
    withUnixAddress(path) { _ = bind(descriptor, $0, $1) }
    close(descriptor)
  }

  private var content: [UInt8] {
    switch self {
    case .text: Array("a shopping list: eggs, flour, butter\n".utf8)
    case .gif: Array("GIF89a".utf8) + [UInt8](repeating: 0, count: 20)
    case .countsThatLie: Self.imagesHeader(count: 1 << 31) + [UInt8](repeating: 0, count: 1_000)
    case .gzipBomb: Self.bomb
    case .hugePicture: Self.png(side: 60_000)
    case .largestPicture:
      Array("P5 5600 5600 255\n".utf8) + [UInt8](repeating: 255, count: 5_600 * 5_600)
    case .deepJSON: [UInt8](repeating: UInt8(ascii: "["), count: 2_000_000)
    case .blankLines: [UInt8](repeating: UInt8(ascii: "\n"), count: 20 << 20)
    case .silentPipe, .endlessPipe, .endlessDevice, .folder, .socket, .empty, .sparse, .zeros: []
    }
  }

  /// Of as many images as a set may have.
  private static func imagesHeader(count: Int) -> [UInt8] {
    [0, 0, 8, 3]
      + [count, 28, 28].flatMap { number in
        stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
      }
  }

  /// 75 MiB of zeros behind a header that says so, then a gigabyte: in members, for a member that
  /// is joined to a gzip file continues it.
  private static let bomb: [UInt8] = {
    let count = 100_000
    let head = member(imagesHeader(count: count))
    let zeros = member([UInt8](repeating: 0, count: 784 * 1_000))
    return head + Array(repeatElement(zeros, count: 1_400).joined())
  }()

  private static func member(_ bytes: [UInt8]) -> [UInt8] {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/gzip")
    process.arguments = ["-c"]
    let (input, output) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput) = (input, output)
    try! Program.start(process)
    Thread.detachNewThread {
      try? input.fileHandleForWriting.write(contentsOf: Data(bytes))
      try? input.fileHandleForWriting.close()
    }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Array(data)
  }

  /// The signature and the header of a picture of 16 bits a channel, and no more.
  private static func png(side: UInt32) -> [UInt8] {
    let sides = withUnsafeBytes(of: side.bigEndian, Array.init)
    let header = Array("IHDR".utf8) + sides + sides + [16, 6, 0, 0, 0]
    let checksum = withUnsafeBytes(of: CRC32.checksum(of: header).bigEndian, Array.init)
    return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13] + header + checksum
      + [0, 0, 0, 0] + Array("IDAT".utf8)
  }
}
