/// Decides when what has changed in a model folder is reloaded: once two looks at it, some time
/// apart, have seen the same, so that no file is read while it is being written.
package struct FolderSettling {
  package enum Action: Equatable {
    /// Nothing has changed since the last reload.
    case wait
    /// After the same time.
    case lookAgain
    case reload
  }

  private var loaded: RepositoryListing
  private var last: RepositoryListing?

  /// - Parameter loaded: what the models that are served were loaded from.
  package init(loaded: RepositoryListing) { self.loaded = loaded }

  package mutating func looked(_ listing: RepositoryListing) -> Action {
    guard last == listing else {
      last = listing
      return .lookAgain
    }
    last = nil
    guard listing != loaded else { return .wait }
    loaded = listing
    return .reload
  }
}
