import DigitServer
import DigitTLS
import ProgramShell

/// What shows who the server is and who may come in, as it can be read anew while it runs.
struct Credentials: Sendable {
  let tls: TLSServer?
  let access: AccessList
  let tokens: TokenFlags

  /// Says until when the certificate is valid.
  func tell(_ log: Log) {
    guard let tls else { return }
    log.info("certificate loaded", ["file": tls.files.certificate, "expires": tls.expiry])
  }

  /// Reads the files. What cannot be used changes nothing, and is told.
  func reload(_ log: Log) {
    do {
      try tls?.reload()
      tell(log)
    } catch {
      log.error("certificate not reloaded", ["why": error])
    }
    do {
      guard let list = try tokens.load() else { return }
      access.replace(by: list)
      log.info("tokens loaded", ["count": list.count])
    } catch {
      log.error("tokens not reloaded", ["why": error])
    }
  }
}
