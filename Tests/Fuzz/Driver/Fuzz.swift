import CFuzzer
import FuzzSubjects
import Glibc

/// `fuzz SUBJECT [LIBFUZZER OPTION | CORPUS]…`: feeds a subject until it breaks or time is up.
@main
struct Fuzz {
  nonisolated(unsafe) private static var subject = Subject.frames

  static func main() {
    guard CommandLine.argc > 1, let chosen = Subject(rawValue: CommandLine.arguments[1]) else {
      print("usage: fuzz \(Subject.allCases.map(\.rawValue).joined(separator: "|")) [OPTION]…")
      exit(2)
    }
    subject = chosen
    // libFuzzer takes the program's name and what is its own.
    var count = CommandLine.argc - 1
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? =
      CommandLine.unsafeArgv + 1
    exit(
      LLVMFuzzerRunDriver(&count, &arguments) { bytes, byteCount in
        Fuzz.subject.read(UnsafeRawBufferPointer(start: bytes, count: byteCount))
        return 0
      })
  }
}
