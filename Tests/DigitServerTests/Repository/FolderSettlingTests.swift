import DigitServer
import Testing

struct FolderSettlingTests {
  private func listing(_ byteCount: Int) -> RepositoryListing {
    RepositoryListing(files: [
      RepositoryListing.File(
        "m.safetensors", FileStamp(inode: 1, byteCount: byteCount, modifiedNanoseconds: 1))
    ])
  }

  @Test func `a file that grows is read when it has stopped growing, and then once`() {
    var settling = FolderSettling(loaded: listing(10))
    #expect(settling.looked(listing(1)) == .lookAgain)
    #expect(settling.looked(listing(2)) == .lookAgain)
    #expect(settling.looked(listing(3)) == .lookAgain)
    #expect(settling.looked(listing(3)) == .reload)
    #expect(settling.looked(listing(3)) == .lookAgain)
    #expect(settling.looked(listing(3)) == .wait)
  }

  @Test func `what is as it was loaded is not loaded again`() {
    var settling = FolderSettling(loaded: listing(10))
    #expect(settling.looked(listing(1)) == .lookAgain)
    #expect(settling.looked(listing(10)) == .lookAgain)
    #expect(settling.looked(listing(10)) == .wait)
  }
}
