import HTTPFixtures

/// A client's bytes in one read and in many: the same requests, or the same refusal.
func readRequests(_ bytes: UnsafeRawBufferPointer) {
  let whole = RequestReading(bytes)
  // The bytes themselves choose the length of the reads: 1 to 64.
  let length = Int(bytes.last ?? 0) % 64 + 1
  let pieces = RequestReading(bytes, piece: length)
  precondition(whole == pieces, "other requests when read \(length) bytes at a time")
  precondition(
    whole.requests.dropLast().allSatisfy(\.isWhole), "a request began within another")
  for request in whole.requests { check(request) }
}

private func check(_ request: RequestReading.Request) {
  let head = request.head
  precondition(head.path == "*" || head.path.hasPrefix("/"), "a path that begins with no /")
  precondition(
    !head.path.utf8.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) },
    "a path that leads upwards")
  precondition(!head.path.utf8.contains { $0 < 0x20 || $0 == 0x7F }, "a control character")
  precondition(!head.isChunked || head.contentLength == nil, "two ends of one body")
  precondition(head.authority != nil || head.versionMinor == 0, "no Host in HTTP/1.1")
  guard request.isWhole, !head.isChunked else { return }
  precondition(request.body.count == head.contentLength.map(Int.init) ?? 0, "another length")
}
