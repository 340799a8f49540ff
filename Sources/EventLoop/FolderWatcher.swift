import CUV

/// Calls back on the loop's thread when something in a folder has changed: what comes, goes or is
/// renamed in it, and what is written to a file of it. Folders within it are not looked at.
package final class FolderWatcher {
  private let handle = UnsafeMutablePointer<uv_fs_event_t>.allocate(capacity: 1)
  private let changed: () -> Void
  private var isClosing = false

  package init(_ path: String, on loop: Loop, changed: @escaping () -> Void) throws(UVError) {
    self.changed = changed
    try UVError.check(uv_fs_event_init(loop.pointer, handle))
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    let status = uv_fs_event_start(handle, folderChanges, path, 0)
    guard status == 0 else {
      close()
      throw UVError(code: status)
    }
  }

  deinit { handle.deallocate() }

  package func close() {
    guard !isClosing else { return }
    isClosing = true
    UnsafeMutableRawPointer(handle).withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
      uv_close($0, folderWatcherCloses)
    }
  }

  fileprivate func change() { if !isClosing { changed() } }
}

private func folderChanges(
  _ handle: UnsafeMutablePointer<uv_fs_event_t>?, _: UnsafePointer<CChar>?, _: CInt, _: CInt
) {
  Unmanaged<FolderWatcher>.fromOpaque(handle!.pointee.data).takeUnretainedValue().change()
}

private func folderWatcherCloses(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
  Unmanaged<FolderWatcher>.fromOpaque(handle!.pointee.data).release()
}
