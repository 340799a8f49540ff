import EventLoop

/// Reloads models when files of theirs have changed. Belongs to the first loop's thread; the
/// repository's looks at the folder.
final class RepositoryWatch {
  private let repository: ModelRepository
  private let loop: Loop
  private let mail: LoopMail
  private let log: Log
  private let settleInterval: Duration
  private var settling: FolderSettling
  /// By folder, from the model folder on.
  private var watchers: [String: FolderWatcher] = [:]
  private var timer: Timer?

  /// - Throws: `UVError` where the folder cannot be watched.
  init(
    _ repository: ModelRepository, on loop: Loop, mail: LoopMail, settleInterval: Duration, log: Log
  ) throws(UVError) {
    self.repository = repository
    self.loop = loop
    self.mail = mail
    self.settleInterval = settleInterval
    self.log = log
    settling = FolderSettling(loaded: repository.firstListing)
    timer = try Timer(on: loop) { [unowned self] in look() }
    do {
      watchers[""] = try watcher("")
    } catch {
      timer?.close()
      throw error
    }
    follow(repository.firstListing.folders)
  }

  func close() {
    timer?.close()
    for watcher in watchers.values { watcher.close() }
    watchers = [:]
  }

  private func watcher(_ folder: String) throws(UVError) -> FolderWatcher {
    try FolderWatcher("\(repository.directory)/\(folder)", on: loop) { [unowned self] in
      timer?.start(after: settleInterval)
    }
  }

  private func follow(_ folders: [String]) {
    for (folder, watcher) in watchers where folder != "" && !folders.contains(folder) {
      watcher.close()
      watchers[folder] = nil
    }
    for folder in folders where watchers[folder] == nil {
      do {
        watchers[folder] = try watcher(folder)
      } catch {
        log.warning("folder not watched", ["folder": folder, "error": error])
      }
    }
  }

  private func look() {
    let watch = LoopBound(value: self)
    let mail = mail
    let isTaken = repository.look { listing in
      mail.post(.perform { _ in watch.value.looked(listing) })
    }
    if !isTaken { timer?.start(after: settleInterval) }
  }

  private func looked(_ listing: RepositoryListing?) {
    guard let listing, !watchers.isEmpty else { return }
    follow(listing.folders)
    switch settling.looked(listing) {
    case .wait: break
    case .lookAgain: timer?.start(after: settleInterval)
    case .reload:
      log.info("model folder has changed")
      repository.reload()
    }
  }
}
