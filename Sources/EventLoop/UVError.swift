import CUV

/// A failure that libuv or the system under it reports. Two are equal where their codes are.
package struct UVError: Error, Equatable, CustomStringConvertible {
  package let code: CInt
  /// What it means here, where the system's words for it would mislead.
  private let explanation: String?

  package init(code: CInt, _ explanation: String? = nil) {
    self.code = code
    self.explanation = explanation
  }

  package static func == (left: UVError, right: UVError) -> Bool { left.code == right.code }

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
    explanation ?? "\(String(cString: uv_strerror(code))) (\(String(cString: uv_err_name(code))))"
  }
}
