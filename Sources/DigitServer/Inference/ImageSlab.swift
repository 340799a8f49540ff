import Slots

/// Where an image lies in the slab.
package typealias SlotIndex = Int32

/// A fixed number of slots for images on their way through the server, and for what the network
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
  package static let pixelCount = 28 * 28
  private static let probabilitiesOffset = pixelCount * MemoryLayout<Float>.size

  private let memory: UnsafeMutableRawPointer
  private let links: IndexLinks
  private var free = IndexList()

  package init(slotCount: Int) {
    precondition(slotCount > 0 && slotCount <= Int(SlotIndex.max))
    memory = .allocate(byteCount: slotCount * Self.slotByteCount, alignment: 64)
    links = IndexLinks(capacity: slotCount)
    for slot in 0..<SlotIndex(slotCount) { links.append(slot, to: &free) }
  }

  deinit { memory.deallocate() }

  package var freeCount: Int { free.count }

  /// Takes a chain of `count` slots; nil when there are not so many.
  package func takeChain(_ count: Int) -> SlotIndex? {
    guard count > 0, count <= free.count else { return nil }
    return links.takeFirst(count, of: &free).first
  }

  /// Gives a chain of `count` slots back.
  package func freeChain(from first: SlotIndex, count: Int) {
    links.prepend(links.list(from: first, count: count), to: &free)
  }

  package func next(after slot: SlotIndex) -> SlotIndex { links.next(after: slot) }

  /// The slot `distance` slots further along its chain.
  package func slot(_ distance: Int, after first: SlotIndex) -> SlotIndex {
    links.index(distance, after: first)
  }

  package func pixels(_ slot: SlotIndex) -> UnsafeMutableRawPointer {
    memory + Int(slot) * Self.slotByteCount
  }

  package func probabilities(_ slot: SlotIndex) -> UnsafeMutablePointer<Float> {
    (pixels(slot) + Self.probabilitiesOffset).assumingMemoryBound(to: Float.self)
  }

  /// Stops the program where chains and free slots overlap or are missing; for tests.
  package func checkInvariants(chains: [(first: SlotIndex, count: Int)]) {
    links.checkInvariants(chains.map { links.list(from: $0.first, count: $0.count) } + [free])
  }
}
