import Foundation

/// A certificate authority of a test's own, made with the openssl command in a folder that goes
/// with it.
package final class TestAuthority: Sendable {
  private let folder: URL
  private let name: String

  /// The files of a certificate that it has signed.
  package struct Identity: Sendable {
    package let certificate: String
    package let key: String
  }

  package struct OpenSSLFailed: Error {
    package let arguments: [String]
    package let output: String
  }

  package init(name: String = "Test CA") throws {
    self.name = name
    folder = FileManager.default.temporaryDirectory.appending(
      path: "digits-certificates-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try openssl(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
      "-keyout", path("ca.key"), "-out", path("ca.pem"), "-days", "2", "-subj", "/CN=\(name)")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Its own certificate.
  package var certificate: String { path("ca.pem") }

  package func path(_ file: String) -> String { folder.appending(path: file).path }

  /// - Parameters:
  ///   - hosts: as "DNS:localhost,IP:127.0.0.1".
  ///   - isExpired: it ended yesterday.
  package func identity(
    _ name: String, hosts: String = "DNS:localhost,IP:127.0.0.1,IP:::1", isExpired: Bool = false
  ) throws -> Identity {
    let files = ["key", "csr", "cnf", "pem"].map { path("\(name).\($0)") }
    try openssl(
      "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
      "-keyout", files[0], "-out", files[1], "-subj", "/CN=\(name)")
    try Data("subjectAltName=\(hosts)\n".utf8).write(to: URL(filePath: files[2]))
    // A lifetime of less than none ends in the past.
    try openssl(
      "x509", "-req", "-in", files[1], "-CA", certificate, "-CAkey", path("ca.key"),
      "-CAcreateserial", "-out", files[3], "-extfile", files[2], "-days", isExpired ? "-1" : "2")
    return Identity(certificate: files[3], key: files[0])
  }

  @discardableResult
  private func openssl(_ arguments: String...) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw OpenSSLFailed(arguments: arguments, output: text)
    }
    return text
  }
}
