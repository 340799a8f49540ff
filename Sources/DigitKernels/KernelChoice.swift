import Foundation

/// A value of `DIGITS_ISA` that names no instruction set of this processor.
package struct KernelChoiceError: Error, Equatable, CustomStringConvertible {
  let name: String
  let available: [InstructionSet]

  package var description: String {
    let names = available.map(\.rawValue).joined(separator: ", ")
    let lack = InstructionSet(rawValue: name) == nil ? "" : ", which this processor lacks"
    return "expected DIGITS_ISA to be one of \(names), got '\(name)'\(lack)"
  }
}

extension KernelTable {
  /// The environment variable that forces an instruction set.
  package static let environmentVariable = "DIGITS_ISA"

  /// The kernels that the environment asks for; the best where it asks for none.
  ///
  /// A program refuses a wrong name with `choose` before it computes anything.
  package static let chosen: KernelTable = {
    do {
      return try choose(from: ProcessInfo.processInfo.environment)
    } catch {
      fatalError("\(error)")
    }
  }()

  /// The kernels that an environment asks for: the last of `available` where it asks for none.
  package static func choose(
    from environment: [String: String], among available: [KernelTable] = all
  ) throws(KernelChoiceError) -> KernelTable {
    guard let name = environment[environmentVariable], !name.isEmpty else {
      return available[available.count - 1]
    }
    guard let table = available.first(where: { $0.instructionSet.rawValue == name }) else {
      throw KernelChoiceError(name: name, available: available.map(\.instructionSet))
    }
    return table
  }
}
