/// What a configuration file says: settings, each with its values and their places, and what is
/// wrong with the text. Values are as they are written: what they spell, their setting knows.
package struct ConfigurationText: Equatable, Sendable {
  /// Line and column, both from 1; a column is a Unicode scalar.
  package struct Place: Equatable, Sendable, CustomStringConvertible {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) { (self.line, self.column) = (line, column) }

    package var description: String { "\(line):\(column)" }
  }

  package struct Setting: Equatable, Sendable {
    package var key: String
    package var place: Place
    package var values: [Value] = []

    package init(key: String, place: Place) { (self.key, self.place) = (key, place) }
  }

  package struct Value: Equatable, Sendable {
    package var text: String
    package var place: Place

    package init(text: String, place: Place) { (self.text, self.place) = (text, place) }
  }

  package struct Mistake: Error, Equatable, Sendable {
    package var place: Place
    package var message: String

    package init(place: Place, message: String) { (self.place, self.message) = (place, message) }
  }

  package var settings: [Setting] = []
  package var mistakes: [Mistake] = []

  package init() {}
}
