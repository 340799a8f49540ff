import Arguments
import DigitTraining

/// The name of an architecture in the zoo.
struct ArchitectureName: ArgumentValue {
  let architecture: Architecture

  static let mlp = ArchitectureName(argument: "mlp-50-50")!

  static var kind: String {
    let names = Zoo.all.map(\.name)
    return names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1]
  }

  init?(argument: String) {
    guard let architecture = Zoo.architecture(named: argument) else { return nil }
    self.architecture = architecture
  }

  var argument: String { architecture.name }
}

extension Schedule.Shape: ArgumentValue {}

extension RecipeName: ArgumentValue {}

extension Fold: ArgumentValue {
  package static var kind: String { "K/N with K from 1 to N and N at least 2, such as 1/5" }

  package init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]) else {
      return nil
    }
    self.init(number: number, of: count)
  }

  package var argument: String { "\(number)/\(count)" }
}

extension Augmentation: ArgumentValue {
  package static var kind: String {
    "none or DEGREES,PIXELS,SCALE[,SHEAR,ELASTIC[,STYLE,FAR,OUTLIERS]], such as 7.5,1,0.08"
  }

  /// The limits of small changes.
  private static var limits: [WritableKeyPath<Augmentation, Float>] {
    [\.rotationDegrees, \.shiftPixels, \.scale, \.shear, \.elasticPixels]
  }
  /// The fractions of images with large ones.
  private static var fractions: [WritableKeyPath<Augmentation, Float>] {
    [\.style, \.farShift, \.outliers]
  }

  package init?(argument: String) {
    self = .none
    guard argument != "none" else { return }
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Float(argument: String($0)) }
    let paths = Self.limits + Self.fractions
    guard [3, 5, 8].contains(parts.count), numbers.count == parts.count,
      numbers.allSatisfy({ $0 >= 0 }), numbers.dropFirst(5).allSatisfy({ $0 <= 1 })
    else { return nil }
    for (path, number) in zip(paths, numbers) { self[keyPath: path] = number }
  }

  package var argument: String {
    guard self != .none else { return "none" }
    let numbers = (Self.limits + Self.fractions).map { self[keyPath: $0] }
    let count = [3, 5, 8].first { numbers.dropFirst($0).allSatisfy { $0 == 0 } } ?? 8
    return numbers.prefix(count).map(\.argument).joined(separator: ",")
  }
}
