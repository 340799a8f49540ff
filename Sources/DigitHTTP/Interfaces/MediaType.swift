/// What a Content-Type says of a body for our own interface.
enum MediaType: Equatable {
  case json
  /// application/octet-stream
  case bytes
  /// Any image: which it is, its first bytes tell.
  case picture
  case other

  /// - Parameter field: with or without parameters, in any case: "Application/JSON; charset=utf-8".
  init(_ field: String) {
    let type = field.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
    self =
      switch type {
      case "application/json": .json
      case "application/octet-stream": .bytes
      case _ where type.hasPrefix("image/"): .picture
      default: .other
      }
  }
}
