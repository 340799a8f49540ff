import Slots

/// The TLS handshakes of a loop that are under way: at most so many, and where another one comes
/// the one that has taken longest makes room. A flood of clients that never finish so leaves a way
/// in for those that do.
package struct HandshakeQueue {
  private let countMax: Int
  private var unfinished: Set<SlotID> = []
  /// In the order in which they began; some of them have ended since.
  private var order: ArraySlice<SlotID> = []

  package init(countMax: Int) {
    precondition(countMax > 0)
    self.countMax = countMax
  }

  package var count: Int { unfinished.count }

  /// - Returns: whose handshake is to be cut for this one.
  package mutating func began(_ id: SlotID) -> SlotID? {
    let oldest = unfinished.count >= countMax ? takeOldest() : nil
    unfinished.insert(id)
    order.append(id)
    if order.count > 2 * countMax { order = ArraySlice(order.filter(unfinished.contains)) }
    return oldest
  }

  package mutating func ended(_ id: SlotID) { unfinished.remove(id) }

  private mutating func takeOldest() -> SlotID? {
    while let id = order.popFirst() {
      if unfinished.remove(id) != nil { return id }
    }
    return nil
  }
}
