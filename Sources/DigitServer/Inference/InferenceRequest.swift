import DigitModel
import EventLoop

/// Images that somebody wants computed: what a door makes of its client's bytes.
package struct InferenceRequest {
  /// Kept until the request has ended, so that no successor can compute or name its answer.
  package var model: LoadedModel
  package var pixelType: PixelType
  /// Whether the pixels skip the model's conditioning.
  package var isRaw: Bool
  package var imageCount: Int
  /// How long it may wait before it is computed, from when all its pixels are there; zero for as
  /// long as it takes.
  package var deadlineMicroseconds: UInt64
  package var asker: any Asker
  /// What the asker knows it by.
  package var tag: UInt64

  package init(
    model: LoadedModel, pixelType: PixelType, isRaw: Bool = false, imageCount: Int,
    deadlineMicroseconds: UInt64 = 0, asker: any Asker, tag: UInt64
  ) {
    self.model = model
    self.pixelType = pixelType
    self.isRaw = isRaw
    self.imageCount = imageCount
    self.deadlineMicroseconds = deadlineMicroseconds
    self.asker = asker
    self.tag = tag
  }

  package var imageByteCount: Int { ImageSlab.pixelCount * pixelType.byteCount }

  /// As measured when the model was loaded.
  var expectedNanoseconds: UInt64 { model.cost.nanoseconds(images: imageCount) }
}

/// Who waits for answers: a connection, whatever it speaks.
package protocol Asker: AnyObject {
  /// Its own: nobody shares it.
  var share: AskerShare { get }
  /// Called on the loop's thread, once for each request that was begun and then neither refused by
  /// a throw, nor cancelled, nor abandoned. What the answer shows is gone after the call.
  func answer(_ answer: borrowing InferenceAnswer)
}

/// How a request ended.
package struct InferenceAnswer {
  package enum Outcome {
    case computed(InferenceResult)
    case rejected(Rejection)
  }

  /// The request's.
  package let tag: UInt64
  package let outcome: Outcome
}

/// What a model says of a request's images, read where the workers wrote it.
package struct InferenceResult {
  /// Which computed it.
  package let model: LoadedModel
  package let imageCount: Int
  /// The longest time that one of its images waited.
  package let queueMicroseconds: UInt64
  /// The longest time that a batch with one of its images took.
  package let computeMicroseconds: UInt64
  private let slab: ImageSlab
  private let firstSlot: SlotIndex

  init(_ entry: borrowing RequestEntry, slab: ImageSlab) {
    model = entry.request.model
    imageCount = entry.request.imageCount
    queueMicroseconds = entry.queueMicroseconds
    computeMicroseconds = entry.computeMicroseconds
    firstSlot = entry.firstSlot
    self.slab = slab
  }

  /// Calls `body` with the probability of each class, image by image.
  @inline(__always)
  package func forEachImage(_ body: (UnsafeBufferPointer<Float>) -> Void) {
    let classCount = model.plan.classCount
    var slot = firstSlot
    for _ in 0..<imageCount {
      body(UnsafeBufferPointer(start: slab.probabilities(slot), count: classCount))
      slot = slab.next(after: slot)
    }
  }
}
