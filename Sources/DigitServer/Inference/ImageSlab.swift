import DigitWire

/// Where an image lies in the slab.
package typealias SlotIndex = Int32
/// Which entry of the request table a request has.
package typealias RequestIndex = Int32

/// A fixed number of places for images on their way through the server, and for what the network
/// says of them. The loop fills a slot; a worker reads its pixels and writes its probabilities.
///
///      slot, 3,200 bytes:   | 784 × u8 or f32 (3,136) | 16 × f32 probabilities (64) |
///
/// The slots of one request form a chain. Freed slots are used again first, so that a lightly
/// loaded server touches little memory.
package final class ImageSlab: @unchecked Sendable {
  // Unchecked: a slot belongs to the loop until its request is queued and to one worker until it
  // is completed; the queues' locks order the two.
  package static let slotByteCount = 3_200
  package static let classCountMax = 16
  private static let probabilitiesOffset = PixelType.float32.imageByteCount
  package static let none: SlotIndex = -1

  private let memory: UnsafeMutableRawPointer
  private let links: UnsafeMutablePointer<SlotIndex>
  private var firstFree: SlotIndex
  package private(set) var freeCount: Int

  package init(slotCount: Int) {
    precondition(slotCount > 0 && slotCount <= Int(SlotIndex.max))
    memory = .allocate(byteCount: slotCount * Self.slotByteCount, alignment: 64)
    links = .allocate(capacity: slotCount)
    for slot in 0..<slotCount {
      links[slot] = slot + 1 < slotCount ? SlotIndex(slot + 1) : Self.none
    }
    firstFree = 0
    freeCount = slotCount
  }

  deinit {
    memory.deallocate()
    links.deallocate()
  }

  /// Takes a chain of `count` slots; nil when there are not so many.
  package func takeChain(_ count: Int) -> SlotIndex? {
    guard count > 0, count <= freeCount else { return nil }
    let first = firstFree
    let last = slot(count - 1, after: first)
    firstFree = links[Int(last)]
    links[Int(last)] = Self.none
    freeCount -= count
    return first
  }

  /// Gives a chain of `count` slots back.
  package func freeChain(from first: SlotIndex, count: Int) {
    let last = slot(count - 1, after: first)
    precondition(links[Int(last)] == Self.none, "a chain's length is not what it was taken with")
    links[Int(last)] = firstFree
    firstFree = first
    freeCount += count
  }

  package func next(after slot: SlotIndex) -> SlotIndex { links[Int(slot)] }

  /// The slot `distance` places further along its chain.
  package func slot(_ distance: Int, after first: SlotIndex) -> SlotIndex {
    var slot = first
    for _ in 0..<distance { slot = links[Int(slot)] }
    return slot
  }

  package func pixels(_ slot: SlotIndex) -> UnsafeMutableRawPointer {
    memory + Int(slot) * Self.slotByteCount
  }

  package func probabilities(_ slot: SlotIndex) -> UnsafeMutablePointer<Float> {
    (pixels(slot) + Self.probabilitiesOffset).assumingMemoryBound(to: Float.self)
  }
}
