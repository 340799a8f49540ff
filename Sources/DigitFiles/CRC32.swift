import CZlib

/// The checksum of gzip and PNG (ISO 3309), for telling a damaged file from a whole one.
package enum CRC32 {
  package static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
    let sum = bytes.withContiguousStorageIfAvailable { bytes in
      crc32_z(0, bytes.baseAddress, z_size_t(bytes.count))
    }
    return UInt32(
      sum
        ?? Array(bytes).withUnsafeBufferPointer { bytes in
          crc32_z(0, bytes.baseAddress, z_size_t(bytes.count))
        })
  }
}
