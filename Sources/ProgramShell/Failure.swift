/// A failure in words: what was expected, what came, what to do.
package struct Failure: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// A command line that was read and then refused, by a rule that only the command knows: two
/// options that exclude each other, or a value that does not fit the data. The program adds the
/// command's name and where its help is.
package struct Misuse: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
