/// Which other kind of server answers, by the first bytes that it sends.
package struct ForeignServer: CustomStringConvertible {
  package let description: String

  package init(firstBytes bytes: some Sequence<UInt8>) {
    let start = Array(bytes.prefix(8))
    let known = Self.beginnings.first { start.starts(with: $0.bytes) }
    description = known?.name ?? "a server of another protocol"
  }

  private static let beginnings: [(bytes: [UInt8], name: String)] = [
    (Array("HTTP/".utf8), "an HTTP server"),
    (Array("SSH-".utf8), "an SSH server"),
    (Array("220".utf8), "a mail or FTP server"),
    (Array("-ERR".utf8), "a Redis server"),
    ([0x15, 0x03], "a TLS server"),
    ([0x16, 0x03], "a TLS server"),
    // SETTINGS of HTTP/2, whose payload is of some multiple of 6 bytes.
    ([0x00, 0x00, 0x06, 0x04], "an HTTP/2 server"),
    ([0x00, 0x00, 0x0C, 0x04], "an HTTP/2 server"),
    ([0x00, 0x00, 0x12, 0x04], "an HTTP/2 server"),
    ([0x00, 0x00, 0x18, 0x04], "an HTTP/2 server"),
  ]
}
