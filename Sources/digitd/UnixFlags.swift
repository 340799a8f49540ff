import Arguments
import DigitServer
import Glibc
import ProgramShell

/// digitd's options for Unix sockets.
struct UnixFlags {
  var mode = FileMode(bits: UnixAccess().mode)
  var users: [UserName] = []

  static var parameters: [Parameter<Flags>] {
    [
      .option(
        "--unix-mode", into: \.unix.mode, value: "MODE",
        help: "Mode of the files of Unix sockets: those may connect who may write them."),
      .options(
        "--unix-user", into: \.unix.users, value: "USER",
        help: "User, by name or number, who may connect over Unix sockets. (default: all whom the "
          + "mode lets)"),
    ]
  }

  var access: UnixAccess {
    var access = UnixAccess()
    access.mode = mode.bits
    if !users.isEmpty { access.users = Set(users.map(\.id)) }
    return access
  }
}

/// The permissions of a file, in octal digits as `chmod` takes them.
struct FileMode: ArgumentValue {
  let bits: UInt32

  static var kind: String { "a mode in octal digits, such as 660" }

  init(bits: UInt32) { self.bits = bits }

  init?(argument: String) {
    guard let bits = UInt32(argument, radix: 8), bits <= 0o777 else { return nil }
    self.bits = bits
  }

  var argument: String { String(bits, radix: 8) }
}

/// A user of this machine.
struct UserName: ArgumentValue {
  let id: UInt32
  let argument: String

  static var kind: String { "a user of this machine, by name or number" }

  init?(argument: String) {
    guard let id = UInt32(argument) ?? (unsafe getpwnam(argument)?.pointee.pw_uid) else {
      return nil
    }
    (self.id, self.argument) = (id, argument)
  }
}
