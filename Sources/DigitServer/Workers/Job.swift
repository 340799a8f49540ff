import DigitModel
import EventLoop

/// Which of the server's loops, from 0.
package typealias LoopIndex = UInt8

/// The images of one request that wait for a worker.
package struct Job {
  package let request: RequestIndex
  /// Whose slab its images lie in, and who answers it.
  package let loop: LoopIndex
  /// Whose turn it is computed in.
  package let asker: AskerIndex
  /// Kept by the request, which outlives its job: jobs are copied between threads, and counting
  /// references there would cost more than the copies.
  package unowned(unsafe) let model: LoadedModel
  package let pixelType: PixelType
  /// Whether the pixels skip the model's conditioning.
  package let isRaw: Bool
  package let firstSlot: SlotIndex
  package let imageCount: Int
  package let arrived: Instant
  package let deadline: Instant?

  package init(
    request: RequestIndex, loop: LoopIndex = 0, asker: AskerIndex = 0, model: LoadedModel,
    pixelType: PixelType, isRaw: Bool = false, firstSlot: SlotIndex, imageCount: Int,
    arrived: Instant = Instant(nanoseconds: 0), deadline: Instant? = nil
  ) {
    self.request = request
    self.loop = loop
    self.asker = asker
    self.arrived = arrived
    self.model = model
    self.pixelType = pixelType
    self.isRaw = isRaw
    self.firstSlot = firstSlot
    self.imageCount = imageCount
    self.deadline = deadline
  }

  func segment(skip: Int, count: Int) -> BatchSegment {
    BatchSegment(
      request: request, loop: loop, pixelType: pixelType, isRaw: isRaw, firstSlot: firstSlot,
      skip: skip, count: count)
  }
}

/// A part of a request that rides in a batch: `count` images from the `skip`-th of its chain on.
package struct BatchSegment: Equatable {
  package let request: RequestIndex
  package let loop: LoopIndex
  package let pixelType: PixelType
  package let isRaw: Bool
  package let firstSlot: SlotIndex
  package let skip: Int
  package fileprivate(set) var count: Int

  fileprivate func isFollowed(by other: BatchSegment) -> Bool {
    request == other.request && loop == other.loop && skip + count == other.skip
  }
}

/// What a worker computes in one go: images of one model, of one request or several.
package struct Batch {
  /// Nil in an empty batch, so that a worker without work holds no model.
  package private(set) var model: LoadedModel?
  package private(set) var segments: [BatchSegment] = []
  /// Requests that have waited too long: to be answered, not computed.
  package internal(set) var undone: Undone = []
  package private(set) var imageCount = 0
  /// A bit for each loop that has a segment here.
  private var loops: UInt64 = 0

  package typealias Undone = [(segment: BatchSegment, outcome: Completion.Outcome)]

  package init() {}

  /// With memory for so many segments, so that a batch that is larger than any before it allocates
  /// nothing.
  init(segmentsMax: Int) {
    segments.reserveCapacity(segmentsMax)
    undone.reserveCapacity(segmentsMax)
  }

  /// How long it takes to compute, as measured when its model was loaded; nil where nothing is.
  var expectedNanoseconds: UInt64? {
    imageCount > 0 ? model?.cost.nanoseconds(images: imageCount) : nil
  }

  package var isEmpty: Bool { segments.isEmpty && undone.isEmpty }

  package mutating func removeAll() {
    model = nil
    segments.removeAll(keepingCapacity: true)
    undone.removeAll(keepingCapacity: true)
    imageCount = 0
    loops = 0
  }

  package mutating func begin(_ model: LoadedModel) { self.model = model }

  /// Where it goes on where the last segment ends, the two become one.
  package mutating func append(_ segment: BatchSegment) {
    if let last = segments.last, last.isFollowed(by: segment) {
      segments[segments.count - 1].count += segment.count
    } else {
      segments.append(segment)
    }
    imageCount += segment.count
    loops |= 1 << UInt64(segment.loop)
  }

  mutating func appendUndone(_ segment: BatchSegment, _ outcome: Completion.Outcome) {
    undone.append((segment, outcome))
    loops |= 1 << UInt64(segment.loop)
  }

  package func concerns(_ loop: LoopIndex) -> Bool { loops & 1 << UInt64(loop) != 0 }
}
