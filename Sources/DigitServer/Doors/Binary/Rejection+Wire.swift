import DigitWire

extension Refusal {
  /// A rejection in the binary protocol's codes (SPEC section 5).
  init(_ rejection: Rejection) {
    switch rejection {
    case .noRoom(let imageCount, let imagesFree, let requestsInFlight, let requestsMax):
      self.init(
        .overloaded,
        "expected room for \(imageCount) images, got \(imagesFree) free "
          + "and \(requestsInFlight) of \(requestsMax) requests in flight")
    case .memoryFull(let byteCount, let byteCountMax):
      self.init(
        .overloaded,
        "expected clients to take less than \(byteCountMax) bytes of memory, got \(byteCount)")
    case .overShare(let imageCount, let imagesHeld, let imagesFree):
      self.init(
        .overloaded,
        "expected at most \(FairShare.timesFree) times as many images of one client in flight as "
          + "are free, got \(imageCount) more than \(imagesHeld) with \(imagesFree) free")
    case .queueTooLong(let wait):
      self.init(
        .overloaded,
        "expected a queue that is shorter than requests may wait, "
          + "got a wait of about \(wait) microseconds")
    case .waitedTooLong(let waited, _):
      self.init(
        .overloaded,
        "expected inference to begin while requests may wait, "
          + "got \(waited) microseconds of waiting")
    case .evicted(let imageCount):
      self.init(
        .overloaded,
        "expected the rest of the images before others needed the room, got a part of "
          + "\(imageCount)")
    case .badPixel(let image):
      self.init(
        .badPixel, "expected pixels from 0 to 1 in image \(image), got one that is not",
        image: image)
    case .deadlineOutOfReach(let wait, let compute):
      self.init(
        .deadlineExceeded,
        "expected a deadline that can be met, got one too short for a wait of about \(wait) "
          + "and an inference of about \(compute) microseconds")
    case .deadlineExceeded(let waited):
      self.init(
        .deadlineExceeded,
        "expected inference to end within the deadline, got \(waited) microseconds of waiting")
    case .notFinite(let image):
      self.init(
        .internal,
        "expected finite probabilities for image \(image), got one that is not: "
          + "the model is faulty")
    case .workerStalled(let time):
      self.init(
        .internal, "expected inference to end within \(time), got a worker that hangs")
    }
  }
}
