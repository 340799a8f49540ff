import DigitServer

/// The index of a model folder: refused in a sentence, or aliases within their bounds.
func readRepositoryIndex(_ bytes: UnsafeRawBufferPointer) {
  let stamp = FileStamp(inode: 1, byteCount: 1, modifiedNanoseconds: 1)
  let scan = RepositoryScan(
    RepositoryListing(
      files: [RepositoryListing.File("m.safetensors", stamp)], index: .content(Array(bytes))))
  precondition(scan.names == ["m"], "an index takes a model away")
  precondition((scan.index == nil) == !scan.refusals.isEmpty, "refused without a reason")
  guard let index = scan.index else { return }
  precondition(index.aliases.count <= RepositoryIndex.aliasCountMax)
  let names = Set(index.aliases.map { "\($0.model)\0\($0.alias)" })
  precondition(names.count == index.aliases.count, "an alias stands for two versions")
  precondition(index.aliases.allSatisfy { $0.version > 0 && !$0.alias.isEmpty })
}
