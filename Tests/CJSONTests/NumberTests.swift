import CJSON
import Foundation
import Testing

struct NumberTests {
  @Test(
    arguments: [
      ("7", []), ("{}", []), ("[]", [0]), ("[1,2,3]", [3]), ("[[1,2],[3]]", [2, 2]),
      ("[[],[]]", [2, 0]), ("[[[[[[1]]]]]]", [1, 1, 1, 1, 1]), (#"[["a"]]"#, [1, 1]),
    ] as [(String, [Int])])
  func `a shape is that of the first elements`(text: String, sizes: [Int]) {
    #expect(Text(text).sizes == sizes)
  }

  @Test func `nested numbers are read in order`() {
    let (fault, values) = Text("[[0,1,2],[253,254.0,255]]").bytes()
    #expect(fault.fault == .none && fault.index == 6)
    #expect(values == [0, 1, 2, 253, 254, 255])
  }

  @Test func `ink is read as the nearest floats`() {
    let (fault, values) = Text("[0,-0.0,0.1,1e-400,1,0.333333333333333333]").floats()
    #expect(fault.fault == .none)
    #expect(values == [0, 0, 0.1, 0, 1, 1 / 3])
  }

  @Test(
    arguments: [
      ("[[1,2],[3]]", .length, 3), ("[[1,2],[3,4,5]]", .length, 4), ("[[1,2],3]", .not_an_array, 2),
      ("[[1,2],{}]", .not_an_array, 2), ("[1,[2]]", .not_a_number, 1),
      ("[1,null]", .not_a_number, 1),
      (#"[1,"2"]"#, .not_a_number, 1), ("[true]", .not_a_number, 0), ("[0,-1]", .range, 1),
      ("[255,256]", .range, 1), ("[1e300]", .range, 0), ("[18446744073709551615]", .range, 0),
      ("[0,0.5]", .fraction, 1), ("[254.99999]", .fraction, 0),
    ] as [(String, digits_json_fault_kind, Int)])
  func `what is no whole number to 255 is found`(
    text: String, kind: digits_json_fault_kind, index: Int
  ) {
    let fault = Text(text).bytes().fault
    #expect(fault.fault == kind && fault.index == index)
  }

  @Test func `a fault tells what came`() {
    let length = Text("[[1,2],[3,4,5]]").bytes().fault
    #expect(length.expected == 2 && length.got == 3)
    #expect(Text("[[1],null]").bytes().fault.kind == .null)
    #expect(Text("[1.5]").bytes().fault.number == 1.5)
  }

  @Test(arguments: ["[1.0000001]", "[-1e-9]", "[2]", "[1e39]"])
  func `ink outside 0 to 1 is found`(text: String) {
    #expect(Text(text).floats().fault.fault == .range)
  }

  @Test func `a float is written in the shortest form that reads back as the same`() {
    #expect(written([0, 1, 0.1, 1e-5, 0.99999994, 1 / 3]) == "0,1,0.1,1e-05,0.99999994,0.33333334")
    #expect(written([.nan, .infinity, -.infinity]) == "null,null,null")
    #expect(written([]) == "")
    let longest: Float = -.leastNormalMagnitude
    #expect(written([longest, longest]) == "\(longest),\(longest)")
    var bits: UInt32 = 1
    for _ in 0..<100_000 {
      bits = bits &* 1_664_525 &+ 1_013_904_223
      let float = Float(bitPattern: bits)
      if float.isFinite { #expect(Float(written([float])) == float) }
    }
  }

  /// Prints how fast the images of a request are read: `DIGITS_MEASURE=1 swift test -c release
  /// --filter CJSONTests`.
  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["DIGITS_MEASURE"] != nil),
    arguments: ["bytes", "floats"])
  func `64 images are read at so many megabytes a second`(_ kind: String) {
    let numbers = (0..<64 * 784).map { index in
      let byte = index % 5 == 0 ? index % 256 : 0
      return kind == "bytes" ? "\(byte)" : "\(Float(byte) / 255)"
    }
    let images = (0..<64).map { "[\(numbers[$0 * 784..<($0 + 1) * 784].joined(separator: ","))]" }
    let text = "[\(images.joined(separator: ","))]"
    let clock = ContinuousClock()
    let best = (0..<50).map { _ in
      clock.measure {
        let document = Text(text)
        let fault = kind == "bytes" ? document.bytes().fault : document.floats().fault
        #expect(fault.fault == .none)
      }
    }.min()!
    print("\(kind): \(text.utf8.count) bytes in \(best)")
    #expect(best > .zero)
  }
}
