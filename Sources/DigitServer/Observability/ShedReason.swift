/// Why a request was turned away or given up, where the server had too much to do.
package enum ShedReason: Int, CaseIterable, Sendable {
  /// Judged at its header: its deadline could not be met, what waited took longer than a request
  /// may wait, its asker held its share, or there was no room.
  case deadlineOutOfReach, queueTooLong, overShare, noRoom
  /// The same: what clients take of the process's memory had reached its limit.
  case memoryFull
  /// It was incomplete when others needed its room.
  case evicted
  /// It waited until its deadline could not be met, or for longer than a request may.
  case deadlineExceeded, waitedTooLong

  /// Nil where it is not for want of time or room.
  init?(_ rejection: Rejection) {
    switch rejection {
    case .noRoom: self = .noRoom
    case .memoryFull: self = .memoryFull
    case .overShare: self = .overShare
    case .queueTooLong: self = .queueTooLong
    case .waitedTooLong: self = .waitedTooLong
    case .evicted: self = .evicted
    case .deadlineOutOfReach: self = .deadlineOutOfReach
    case .deadlineExceeded: self = .deadlineExceeded
    case .badPixel, .notFinite, .workerStalled: return nil
    }
  }

  /// As figures and labels have it.
  var name: String {
    switch self {
    case .deadlineOutOfReach: "deadline_out_of_reach"
    case .queueTooLong: "queue_too_long"
    case .overShare: "over_share"
    case .noRoom: "no_room"
    case .memoryFull: "memory_full"
    case .evicted: "evicted"
    case .deadlineExceeded: "deadline_exceeded"
    case .waitedTooLong: "waited_too_long"
    }
  }
}
