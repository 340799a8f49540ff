import FileAccess
import Foundation
import Testing

/// What stands at an output's name stays what it is.
@Suite(.timeLimit(.minutes(1))) struct OutputFileTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  @Test func `a new file is written, and nothing else is left`() throws {
    try OutputFile(folder["a"]).write("one")
    #expect(try folder.text("a") == "one")
    #expect(try folder.names == ["a"])
  }

  @Test func `a regular file is replaced as a whole and keeps its mode`() throws {
    try folder.file("a", "old")
    chmod(folder["a"], 0o600)
    let old = FileIdentity(folder["a"])
    try OutputFile(folder["a"]).write("new")
    #expect(try folder.text("a") == "new")
    #expect(FileIdentity(folder["a"]) != old)
    var status = stat()
    stat(folder["a"], &status)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(try folder.names == ["a"])
  }

  @Test(arguments: ["target", "missing"])
  func `a symbolic link stays, and what it leads to is replaced`(target: String) throws {
    try folder.file("target", "old")
    mkdir(folder["links"], 0o777)
    symlink("../\(target)", folder["links/second"])
    symlink("links/second", folder["first"])
    try OutputFile(folder["first"]).write("new")
    #expect(folder.kind("first") == S_IFLNK && folder.kind("links/second") == S_IFLNK)
    #expect(folder.kind(target) == S_IFREG)
    #expect(try folder.text(target) == "new")
  }

  @Test func `a named pipe is written to and stays`() throws {
    mkfifo(folder["pipe"], 0o666)
    let path = folder["pipe"]
    let reader = Thread { _ = try? InputFile.read(path, limit: 10) }
    reader.start()
    try OutputFile(path).write("piped")
    #expect(folder.kind("pipe") == S_IFIFO)
  }

  @Test func `a named pipe that nobody reads is given up`() {
    mkfifo(folder["pipe"], 0o666)
    let patience = Duration.milliseconds(50)
    #expect(throws: FileError(folder["pipe"], .write, .unread(patience: patience))) {
      try OutputFile(folder["pipe"], patience: patience).write("piped")
    }
    #expect(folder.kind("pipe") == S_IFIFO)
  }

  @Test func `a device is written to and stays`() throws {
    // As /dev/null, then as /dev/full.
    guard makeDevice(folder["null"], major: 1, minor: 3),
      makeDevice(folder["full"], major: 1, minor: 7)
    else { return }
    try OutputFile(folder["null"]).write("gone")
    let error = #expect(throws: FileError.self) { try OutputFile(folder["full"]).write("no room") }
    #expect(error?.reason == "the disk is full")
    #expect(folder.kind("null") == S_IFCHR && folder.kind("full") == S_IFCHR)
    #expect(try folder.names == ["full", "null"])
  }

  @Test func `an output that is an input is refused, whatever its name`() throws {
    let input = try folder.file("model", "weights")
    symlink("model", folder["link"])
    link(input, folder["hard"])
    for name in ["model", "link", "hard", "./model"] {
      #expect(throws: FileError(folder[name], .write, .isInput(input))) {
        try OutputFile(folder[name], notReplacing: ["/nowhere", input])
      }
    }
    #expect(try folder.text("model") == "weights")
  }

  @Test func `what cannot be written is said before there is anything to write`() throws {
    try folder.file("a", "")
    let cases: [(String, String)] = [
      ("", "cannot write '': expected the name of a file, got an empty one"),
      (folder.path, "cannot write \(folder.path): expected a file, got a folder"),
      (
        folder["no/x"],
        "cannot write \(folder["no/x"]): there is no folder \(folder["no"]): make it first"
      ),
      (folder["a/x"], "cannot write \(folder["a/x"]): a component of its path is not a folder"),
      ("/proc/x", "cannot write /proc/x: there is no folder /proc: make it first"),
    ]
    for (path, sentence) in cases {
      let error = #expect(throws: FileError.self) { try OutputFile(path) }
      #expect(error?.description == sentence)
    }
  }

  @Test func `names for standard output are the stream, and no file`() throws {
    for name in ["-", "/dev/stdout", "/dev/fd/1"] {
      #expect(try OutputFile(name).isStandardOutput)
    }
    #expect(!(try OutputFile(folder["-"]).isStandardOutput))
  }

  @Test func `a folder is made with those around it, and a file in its way is named`() throws {
    try createFolder(folder["a/b//c/"])
    #expect(folder.kind("a/b/c") == S_IFDIR)
    try folder.file("file", "")
    let error = #expect(throws: FileError.self) { try createFolder(folder["file/x"]) }
    #expect(error?.reason == "expected a folder, got a file")
  }
}
