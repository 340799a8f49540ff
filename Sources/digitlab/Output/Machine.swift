import DigitKernels
import DigitReport
import Foundation

/// The machine a model was trained on.
struct Machine: Codable, Equatable {
  var processor: String
  var coreCount: Int
  var instructionSet: String
  var system: String

  static var current: Machine {
    Machine(
      processor: Origin.processorName, coreCount: ProcessInfo.processInfo.activeProcessorCount,
      instructionSet: "\(KernelTable.chosen.instructionSet)",
      system: ProcessInfo.processInfo.operatingSystemVersionString)
  }
}
