/// Hears of every step of a run.
protocol StepObserver {
  mutating func began(part: Int)
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
  @inline(__always) func began(part: Int) {}
  @inline(__always) func ended(_ step: Int) {}
}

/// Adds up how long each step of each part took.
struct StepClock: StepObserver {
  /// By part and step.
  private(set) var durations: [[Duration]]
  private var part = 0
  private var last = ContinuousClock.now

  init(stepCounts: [Int]) {
    durations = stepCounts.map { Array(repeating: .zero, count: $0) }
  }

  mutating func began(part: Int) {
    self.part = part
    last = .now
  }

  mutating func ended(_ step: Int) {
    let now = ContinuousClock.now
    durations[part][step] += now - last
    last = now
  }
}
