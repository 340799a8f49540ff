/// Hears of every step of a run.
protocol StepObserver {
  mutating func began(member: Int)
  /// A step is about to read what lies in memory.
  mutating func begins(
    _ step: Step, _ memory: UnsafeMutablePointer<Float>, images: Range<Int>)
  mutating func ended(_ step: Int)
}

extension StepObserver {
  @inline(__always)
  func begins(_ step: Step, _ memory: UnsafeMutablePointer<Float>, images: Range<Int>) {}
}

/// Hears nothing, and costs nothing.
struct NoObserver: StepObserver {
  @inline(__always) func began(member: Int) {}
  @inline(__always) func ended(_ step: Int) {}
}

/// Adds up how long each step of each member took.
struct StepClock: StepObserver {
  /// By member and step.
  private(set) var durations: [[Duration]]
  private var member = 0
  private var last = ContinuousClock.now

  init(stepCounts: [Int]) {
    durations = stepCounts.map { Array(repeating: .zero, count: $0) }
  }

  mutating func began(member: Int) {
    self.member = member
    last = .now
  }

  mutating func ended(_ step: Int) {
    let now = ContinuousClock.now
    durations[member][step] += now - last
    last = now
  }
}
