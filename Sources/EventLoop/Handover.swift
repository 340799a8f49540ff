import CThreadSanitizer

/// Tells the thread sanitizer of a handover that it does not watch: what one thread did before
/// `gives`, another sees after `takes`. Nothing in other builds.
///
/// A continuation that is resumed before its task waits for it changes hands within Swift's
/// runtime, which orders the two, but is not instrumented.
package enum Handover {
  @inline(__always)
  package static func gives(_ object: AnyObject) {
    sanitizer_releases(Unmanaged.passUnretained(object).toOpaque())
  }

  @inline(__always)
  package static func takes(_ object: AnyObject) {
    sanitizer_acquires(Unmanaged.passUnretained(object).toOpaque())
  }
}
