import Foundation

/// Calls `body` with a copy of `bytes` that ends where a page without access begins, and that is
/// gone afterwards: a read of one byte too far, or one byte too late, is a crash.
func lend<Value, Failure: Error>(
  _ bytes: some Collection<UInt8>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
) throws(Failure) -> Value {
  let page = Int(sysconf(Int32(_SC_PAGESIZE)))
  let readable = (bytes.count + page - 1) / page * page
  guard
    let pages = mmap(
      nil, readable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
    pages != MAP_FAILED, mprotect(pages + readable, page, PROT_NONE) == 0
  else { preconditionFailure("no pages of memory") }
  defer { munmap(pages, readable + page) }
  let copy = UnsafeMutableRawBufferPointer(
    start: pages + readable - bytes.count, count: bytes.count)
  copy.copyBytes(from: bytes)
  return try body(UnsafeRawBufferPointer(copy))
}
