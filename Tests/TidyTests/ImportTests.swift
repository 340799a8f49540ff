import Testing

/// Which of our targets each of them may import: the arrows of the design, which point down only.
private let arrows: [String: Set<String>] = [
  "digitd": [
    "DigitServer", "DigitModel", "DigitKernels", "DigitWire", "EventLoop", "Measure",
    "ProgramShell",
    "Arguments",
  ],
  "digitctl": [
    "DigitClient", "DigitLoad", "DigitWire", "EventLoop", "DigitReport", "DigitEvaluation",
    "DigitCharts", "DigitFiles", "DigitImage", "Measure", "PlainText", "ProgramShell",
    "Arguments",
  ],
  "digitlab": [
    "DigitTraining", "DigitModel", "DigitKernels", "DigitReport", "DigitEvaluation", "DigitCharts",
    "DigitFiles", "DigitImage", "Measure", "PlainText", "ProgramShell",
    "Arguments",
  ],
  "DigitServer": ["DigitWire", "EventLoop", "DigitModel", "Slots", "CProcess"],
  "DigitClient": ["DigitWire", "EventLoop", "Slots"],
  "DigitLoad": ["DigitWire", "EventLoop", "Measure", "Slots"],
  "DigitWire": [],
  "Slots": [],
  "EventLoop": ["CUV", "CThreadSanitizer", "CProcess"],
  "DigitTraining": ["DigitModel", "DigitKernels", "DigitFiles"],
  "DigitModel": ["DigitKernels"],
  "DigitKernels": [
    "CProcessor", "KernelInterface", "KernelsBaseline", "KernelsAVX2", "KernelsAVX512",
    "KernelsVNNI", "KernelsBF16",
  ],
  "KernelsBaseline": ["KernelInterface", "CVectorInstructions"],
  "KernelsAVX2": ["KernelInterface", "CVectorInstructions"],
  "KernelsAVX512": ["KernelInterface", "CVectorInstructions"],
  "KernelsVNNI": ["KernelInterface", "CVectorInstructions"],
  "KernelsBF16": ["KernelInterface", "CVectorInstructions"],
  "KernelSources": ["KernelInterface"],
  "NarrowKernelSources": ["KernelInterface", "CVectorInstructions"],
  "KernelInterface": [],
  "DigitReport": ["DigitEvaluation", "DigitCharts", "DigitFiles", "DigitImage", "PlainText"],
  "DigitEvaluation": ["Measure", "PlainText"],
  "DigitCharts": [],
  "DigitFiles": ["DigitImage", "CPNG", "CTurboJPEG", "CZlib", "CTestImageHashes"],
  "DigitImage": [],
  "Measure": [],
  "PlainText": [],
  "ProgramShell": ["Arguments", "PlainText", "DigitWire"],
  "Arguments": [],
]

/// What none of our own names is: the standard library and the system.
private let system: Set<String> = [
  "Foundation", "FoundationEssentials", "Synchronization", "Dispatch", "Glibc", "Testing",
]

/// Targets that import nothing at all, not even Foundation.
private let pure: Set<String> = ["DigitWire", "DigitImage", "Measure", "Arguments"]

@Test(arguments: SourceTree.swift.filter { $0.path.hasPrefix("Sources/") })
func `imports follow the arrows of the design`(file: SourceTree.File) throws {
  let target = String(file.path.split(separator: "/")[1])
  let allowed = try #require(arrows[target], "\(target) has no arrows in this table")
  for line in file.lines {
    guard let match = line.firstMatch(of: /^\s*(?:@\w+\s+|package\s+|public\s+)*import\s+(\w+)/)
    else { continue }
    let module = String(match.1)
    let isSystem = system.contains(module) && !pure.contains(target)
    #expect(isSystem || allowed.contains(module), "\(file.path) imports \(module)")
  }
}

@Test func `the arrows have no cycle`() {
  var resolved: Set<String> = []
  var rest = arrows
  while let next = rest.first(where: {
    $0.value.allSatisfy { arrows[$0] == nil || resolved.contains($0) }
  }) {
    resolved.insert(next.key)
    rest[next.key] = nil
  }
  #expect(rest.isEmpty, "\(rest.keys.sorted()) lead in a circle")
}
