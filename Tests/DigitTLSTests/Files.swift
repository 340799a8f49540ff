import Foundation

func overwrite(_ path: String, _ text: String) throws {
  try Data(text.utf8).write(to: URL(filePath: path))
}

func replace(_ path: String, by other: String) throws {
  try Data(contentsOf: URL(filePath: other)).write(to: URL(filePath: path))
}
