/// Something that is wrong for a while, to be told when it begins and when it ends, however often
/// it is seen between.
package struct Trouble {
  package enum Change: Equatable {
    case none
    case begins
    case ends
  }

  private var isPresent = false

  package init() {}

  package mutating func observe(_ isPresentNow: Bool) -> Change {
    defer { isPresent = isPresentNow }
    switch (isPresent, isPresentNow) {
    case (false, true): return .begins
    case (true, false): return .ends
    case (false, false), (true, true): return .none
    }
  }
}
