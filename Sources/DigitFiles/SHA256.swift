import COpenSSL

/// The hash function SHA-256 (FIPS 180-4), by OpenSSL: it uses the processor's instructions for it,
/// and a server hashes megabytes while it loads a model beside its work.
package enum SHA256 {
  /// The digest of all bytes, 32 bytes.
  package static func digest(of bytes: some Collection<UInt8>) -> [UInt8] {
    bytes.withContiguousStorageIfAvailable(digest) ?? Array(bytes).withUnsafeBufferPointer(digest)
  }

  private static func digest(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { digest, count in
      let isDone = EVP_Digest(
        bytes.baseAddress, bytes.count, digest.baseAddress, nil, EVP_sha256(), nil)
      precondition(isDone == 1, "expected an OpenSSL that has SHA-256")
      count = 32
    }
  }

  /// The digest in hexadecimal, 64 digits.
  package static func hexDigest(of bytes: some Collection<UInt8>) -> String {
    digest(of: bytes).map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }.joined()
  }
}
