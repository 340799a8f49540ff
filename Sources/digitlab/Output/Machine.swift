import DigitKernels
import Foundation

/// The machine a model was trained on.
struct Machine: Codable, Equatable {
  var processor: String
  var coreCount: Int
  var instructionSet: String
  var system: String

  static var current: Machine {
    let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = info.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
    return Machine(
      processor: name ?? "unknown", coreCount: ProcessInfo.processInfo.activeProcessorCount,
      instructionSet: "\(KernelTable.chosen.instructionSet)",
      system: ProcessInfo.processInfo.operatingSystemVersionString)
  }
}
