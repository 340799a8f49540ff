import Testing

private let functionLineCountMax = 60

@Test(arguments: SourceTree.swift)
func `a function has at most 60 lines`(file: SourceTree.File) {
  for function in FunctionScanner.functions(in: file.lines)
  where function.lineCount > functionLineCountMax {
    Issue.record("\(file.path):\(function.line) has \(function.lineCount) lines")
  }
}

private func functions(in text: String) -> [FunctionScanner.Function] {
  FunctionScanner.functions(
    in: text.split(separator: "\n", omittingEmptySubsequences: false))
}

@Test(arguments: [
  "func a() {\n  b()\n}",
  "  package static func a<T>() throws -> T {\n    b()\n  }",
  "  init?(_ a: Int) {\n    b()\n  }",
  "  deinit {\n    b()\n  }",
  "  subscript(_ index: Int) -> Int {\n    b()\n  }",
  "  private(set) var a: Int {\n    b()\n  }",
  "@Test func `a thing is so`() {\n  b()\n}",
  "  @Test(arguments: [1]) func a() {\n    b()\n  }",
])
func `each kind of function is found with its length`(text: String) {
  #expect(functions(in: text) == [.init(line: 1, lineCount: 3)])
}

@Test func `a declaration of several lines counts with its body`() {
  let text = """
    struct A {
      func a(
        _ b: Int, c: Int
      ) -> Int
      where B: C {
        if b {

          c()
        }
      }
    }
    """
  #expect(functions(in: text) == [.init(line: 2, lineCount: 9)])
}

@Test func `a text inside a function does not end it`() {
  let text = "func a() {\n  b = \"\"\"\n    }\n    \"\"\"\n}\nfunc c() {\n  d()\n}"
  #expect(
    functions(in: text) == [.init(line: 1, lineCount: 5), .init(line: 6, lineCount: 3)])
}

@Test(arguments: [
  "protocol A {\n  func a() -> Int\n  func b()\n}",
  "  func a() { b() }\n  let c = 1\n}",
  "  var a: Int { 1 }\n\n  let b = [\n    1\n  ]",
  "  let a = b.map {\n    $0\n  }",
  "  // func a() {\n  // }",
])
func `what has no body of several lines is no function`(text: String) {
  #expect(functions(in: text).isEmpty)
}

@Test func `a function within a function has its own length`() {
  let text = "func a() {\n  func b() {\n    c()\n  }\n}"
  #expect(
    functions(in: text) == [.init(line: 1, lineCount: 5), .init(line: 2, lineCount: 3)])
}
