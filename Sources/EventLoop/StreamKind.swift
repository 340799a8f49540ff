import CUV
import Glibc

extension ByteStream {
  /// What libuv has under one name, `uv_stream_t`.
  enum Kind: Sendable {
    case tcp
    /// A Unix socket.
    case pipe

    func allocateHandle() -> UnsafeMutablePointer<uv_stream_t> {
      let raw: UnsafeMutableRawPointer =
        switch self {
        case .tcp: UnsafeMutableRawPointer(UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1))
        case .pipe: UnsafeMutableRawPointer(UnsafeMutablePointer<uv_pipe_t>.allocate(capacity: 1))
        }
      return raw.assumingMemoryBound(to: uv_stream_t.self)
    }

    /// Answers are complete when they are flushed: waiting for more to send along (Nagle's
    /// algorithm) would only delay them.
    func initialize(_ handle: UnsafeMutablePointer<uv_stream_t>, on loop: Loop) -> CInt {
      let raw = UnsafeMutableRawPointer(handle)
      switch self {
      case .tcp:
        let tcp = raw.assumingMemoryBound(to: uv_tcp_t.self)
        let status = uv_tcp_init(loop.pointer, tcp)
        if status == 0 { uv_tcp_nodelay(tcp, 1) }
        return status
      case .pipe:
        return uv_pipe_init(loop.pointer, raw.assumingMemoryBound(to: uv_pipe_t.self), 0)
      }
    }

    /// Makes the handle that of a connected socket.
    func open(_ handle: UnsafeMutablePointer<uv_stream_t>, _ descriptor: CInt) -> CInt {
      let raw = UnsafeMutableRawPointer(handle)
      return switch self {
      case .tcp: uv_tcp_open(raw.assumingMemoryBound(to: uv_tcp_t.self), descriptor)
      case .pipe: uv_pipe_open(raw.assumingMemoryBound(to: uv_pipe_t.self), descriptor)
      }
    }
  }
}

/// Who is at the other end of a Unix socket, as the kernel vouches for it.
package struct PeerCredentials: Sendable {
  package let processID: Int32
  package let userID: UInt32
  package let groupID: UInt32

  /// Nil where `descriptor` is not a connected Unix socket's.
  init?(ofPeerAt descriptor: CInt) {
    // `struct ucred`, which Glibc's module does not show.
    var credentials: (process: Int32, user: UInt32, group: UInt32) = (0, 0, 0)
    var byteCount = socklen_t(MemoryLayout.size(ofValue: credentials))
    guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &byteCount) == 0,
      credentials.process > 0
    else { return nil }
    (processID, userID, groupID) = (credentials.process, credentials.user, credentials.group)
  }
}

extension ByteStream {
  /// Nil for TCP.
  package var peerCredentials: PeerCredentials? {
    var descriptor: uv_os_fd_t = -1
    let status = UnsafeMutableRawPointer(handle).withMemoryRebound(
      to: uv_handle_t.self, capacity: 1
    ) { uv_fileno($0, &descriptor) }
    return status == 0 ? PeerCredentials(ofPeerAt: descriptor) : nil
  }
}
