import Slots

/// Who asks, as a number: each asker of a loop that has requests in flight has one of its own, and
/// the loops' are numbered through, as requests are.
package typealias AskerIndex = Int32

typealias FlowIndex = Int32

/// The requests of one asker that wait for one model, and its standing in the round.
struct Flow {
  let asker: AskerIndex
  /// Which of the models' queues it is in.
  let queue: Int
  var requests = IndexList()
  /// Images that it may have taken, short of what its next request needs.
  private(set) var deficit = 0
  /// Images of the turn that has begun and that no batch had room for yet.
  var owed = 0
  /// Of the same asker, in the queue of another model.
  fileprivate var next = IndexLinks.none

  fileprivate init(asker: AskerIndex, queue: Int) {
    self.asker = asker
    self.queue = queue
  }

  /// The round has come to this flow.
  /// - Parameters:
  ///   - part: how many images its next request wants in a turn.
  ///   - isAlone: Whether there is nobody to wait for: rounds would only be counted.
  /// - Returns: whether its turn begins, of so many images.
  mutating func beginTurn(_ part: Int, isAlone: Bool) -> Bool {
    deficit = isAlone ? part : deficit + 1
    guard deficit >= part else { return false }
    deficit -= part
    owed = part
    return true
  }

  /// In how many rounds its turn begins.
  func missing(to part: Int) -> Int { part - deficit }

  mutating func addRounds(_ count: Int) { deficit += count }
}

/// The flows that have requests, found by asker and queue. All memory is taken at start.
struct FlowTable {
  private var flows: [Flow?]
  private var free: [FlowIndex]
  /// By asker, the first of its flows.
  private var firstOfAsker: [FlowIndex]
  /// Those of the rounds.
  let links: IndexLinks
  private(set) var askerCount = 0

  init(capacity: Int) {
    flows = Array(repeating: nil, count: capacity)
    free = (0..<FlowIndex(capacity)).reversed()
    firstOfAsker = Array(repeating: IndexLinks.none, count: capacity)
    links = IndexLinks(capacity: capacity)
  }

  subscript(index: FlowIndex) -> Flow {
    _read { yield flows[Int(index)]! }
    _modify { yield &flows[Int(index)]! }
  }

  /// - Returns: its flow, and whether that was made now.
  mutating func index(of asker: AskerIndex, in queue: Int) -> (FlowIndex, isFirst: Bool) {
    // An asker asks of few models at one time.
    let first = firstOfAsker[Int(asker)]
    var flow = first
    while flow != IndexLinks.none {
      if flows[Int(flow)]!.queue == queue { return (flow, false) }
      flow = flows[Int(flow)]!.next
    }
    flow = free.removeLast()
    flows[Int(flow)] = Flow(asker: asker, queue: queue)
    flows[Int(flow)]!.next = first
    firstOfAsker[Int(asker)] = flow
    if first == IndexLinks.none { askerCount += 1 }
    return (flow, true)
  }

  mutating func remove(_ flow: FlowIndex) {
    let (asker, next) = (Int(self[flow].asker), self[flow].next)
    if firstOfAsker[asker] == flow {
      firstOfAsker[asker] = next
      if next == IndexLinks.none { askerCount -= 1 }
    } else {
      var previous = firstOfAsker[asker]
      while self[previous].next != flow { previous = self[previous].next }
      self[previous].next = next
    }
    flows[Int(flow)] = nil
    free.append(flow)
  }

  /// For tests.
  var all: [Flow] { flows.compactMap { $0 } }
}
