import CUV

/// A failure that libuv or the system under it reports.
package struct UVError: Error, Equatable, CustomStringConvertible {
  package let code: CInt

  package init(code: CInt) { self.code = code }

  /// - Throws: `UVError` for a negative status.
  @discardableResult
  static func check(_ status: CInt) throws(UVError) -> CInt {
    guard status >= 0 else { throw UVError(code: status) }
    return status
  }

  package var isAddressInUse: Bool { code == UV_EADDRINUSE.rawValue }
  package var isWouldBlock: Bool { code == UV_EAGAIN.rawValue }
  package static var endOfFile: CInt { UV_EOF.rawValue }
  package static var cancelled: CInt { UV_ECANCELED.rawValue }

  package var description: String {
    "\(String(cString: uv_strerror(code))) (\(String(cString: uv_err_name(code))))"
  }
}
