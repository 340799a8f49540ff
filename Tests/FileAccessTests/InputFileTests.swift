import FileAccess
import Foundation
import Testing

/// No input is read beyond its bound, and none is waited for without end.
@Suite(.timeLimit(.minutes(1))) struct InputFileTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func fault(_ path: String, limit: Int = 10, patience: Duration = .milliseconds(50))
    -> FileError.Fault?
  {
    do {
      _ = try InputFile.read(path, limit: limit, patience: patience)
      return nil
    } catch {
      return error.fault
    }
  }

  @Test func `a file up to the limit is read, one above it is not`() throws {
    let path = try folder.file("a", "0123456789")
    #expect(try InputFile.read(path, limit: 10) == Array("0123456789".utf8))
    #expect(fault(path, limit: 9) == .tooLarge(byteCount: 10, limit: 9))
    // Its size is 0 by the system's word.
    #expect(fault("/proc/self/status", limit: 100) == .tooLarge(byteCount: nil, limit: 100))
  }

  @Test func `folders, devices, sockets, and names of nothing are refused at once`() throws {
    #expect(fault(folder.path) == .isFolder)
    #expect(fault("") == .unnamed)
    #expect(fault(folder["none"]) == .system(ENOENT))
    #expect(fault("/dev/zero") == .isDevice)
    if makeDevice(folder["zero"], major: 1, minor: 5) {
      #expect(fault(folder["zero"]) == .isDevice)
    }
  }

  @Test func `a named pipe that nobody writes to is given up`() {
    mkfifo(folder["pipe"], 0o666)
    #expect(
      fault(folder["pipe"]) == .silent(byteCount: 0, patience: .milliseconds(50)))
    #expect(throws: FileError(folder["pipe"], .read, .isPipe)) {
      try InputFile.read(folder["pipe"], limit: 10, kinds: .files)
    }
  }

  /// Runs a line of bash that writes into the pipe.
  private func write(_ line: String, then body: (String) -> Void) throws {
    mkfifo(folder["pipe"], 0o666)
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", "{ \(line); } > \(folder["pipe"]) 2>/dev/null"]
    try process.run()
    body(folder["pipe"])
    process.terminate()
    process.waitUntilExit()
  }

  @Test func `a pipe is read to its end`() throws {
    try write("echo -n abc; echo -n def") { path in
      #expect((try? InputFile.read(path, limit: 6)) == Array("abcdef".utf8))
    }
  }

  @Test func `a pipe that never ends is left at the limit`() throws {
    try write("exec yes") { path in
      #expect(
        fault(path, limit: 1 << 20, patience: .seconds(20))
          == .tooLarge(byteCount: nil, limit: 1 << 20))
    }
  }

  @Test func `a pipe whose writer falls silent is given up, with what it has said`() throws {
    try write("echo -n abc; exec sleep 30") { path in
      #expect(
        fault(path, patience: .seconds(1)) == .silent(byteCount: 3, patience: .seconds(1)))
    }
  }

  @Test func `the head of a pipe or a folder is nothing`() throws {
    mkfifo(folder["pipe"], 0o666)
    let path = try folder.file("a", "0123456789")
    #expect(InputFile.head(path, byteCount: 4) == Array("0123".utf8))
    #expect(InputFile.head(folder["pipe"]) == nil)
    #expect(InputFile.head(folder.path) == nil)
  }
}

@Test(arguments: [
  ("GIF89a…", "a GIF picture"), ("%PDF-1.7", "a PDF document"), ("", "an empty file"),
  ("just words\n", "a text file"), ("caf\u{e9}: \u{1f4a1}", "a text file"),
  (" \n<!DOCTYPE HTML>\n<p>", "an HTML page"), ("{\"a\": 1}", "a JSON file"),
  ("HTTP/1.1 400 Bad Request\r\n", "an HTTP answer"),
  ("\u{1}\u{2}\u{0}x", "data of an unknown format"),
  ("RIFF\u{1}\u{0}\u{0}\u{0}WEBPVP8 ", "a WebP picture"),
  ("\u{0}\u{0}\u{0} ftypheic", "a HEIC picture"),
  ("\u{0}\u{0}\u{8}\u{3}\u{0}\u{0}\u{0}\u{1}", "an IDX file"),
  ("\u{40}\u{1}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}{\"a\"", "a safetensors file"),
])
func `a file is named by its first bytes`(head: String, name: String) {
  #expect(FileFormat(of: head.utf8).name == name)
}

@Test func `what is wrong with JSON is said without the decoder's words`() {
  struct Layer: Decodable { let units: Int }
  struct Sample: Decodable { let layers: [Layer] }
  let cases = [
    ("GIF89a", "expected JSON, got something else or a part of it"),
    (#"{"layers": [{}]}"#, "'units' is missing at 'layers[0]'"),
    (
      #"{"layers": [{"units": "x"}]}"#,
      "expected a whole number at 'layers[0].units', got something else"
    ),
    (#"{"layers": 3}"#, "expected a list at 'layers', got something else"),
    (#"{"layers": null}"#, "expected a list at 'layers', got null"),
  ]
  for (json, problem) in cases {
    do {
      _ = try JSONDecoder().decode(Sample.self, from: Data(json.utf8))
      Issue.record("\(json) was decoded")
    } catch {
      #expect(jsonProblem(error) == problem)
    }
  }
}
