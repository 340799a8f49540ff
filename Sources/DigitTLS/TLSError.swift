/// Why files cannot be used for TLS, in one sentence.
package struct TLSError: Error, Equatable, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}
