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
    "none or DEGREES,PIXELS,SCALE[,SHEAR,ELASTIC], such as 7.5,1,0.08"
  }

  package init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Float(argument: String($0)) }
    if argument == "none" {
      self = .none
    } else if [3, 5].contains(parts.count), numbers.count == parts.count,
      numbers.allSatisfy({ $0 >= 0 })
    {
      self.init(
        rotationDegrees: numbers[0], shiftPixels: numbers[1], scale: numbers[2],
        shear: numbers.count > 3 ? numbers[3] : 0,
        elasticPixels: numbers.count > 3 ? numbers[4] : 0)
    } else {
      return nil
    }
  }

  package var argument: String {
    guard self != .none else { return "none" }
    let affine = [rotationDegrees, shiftPixels, scale]
    let more = shear == 0 && elasticPixels == 0 ? [] : [shear, elasticPixels]
    return (affine + more).map(\.argument).joined(separator: ",")
  }
}
