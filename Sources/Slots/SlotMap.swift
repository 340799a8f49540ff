/// Names what a slot holds for good: when the slot is used again, the generation differs.
public struct SlotID: Hashable, Sendable {
  public let index: Int32
  public let generation: UInt32

  @inlinable
  public init(index: Int32, generation: UInt32) {
    self.index = index
    self.generation = generation
  }

  /// As a request id, which must not be 0:
  ///
  ///     | generation | index + 1 |
  ///     63           32          0
  @inlinable
  public var rawValue: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(index) + 1) }

  /// Nil for a value that no slot can have.
  @inlinable
  public init?(rawValue: UInt64) {
    let low = rawValue & 0xFFFF_FFFF
    guard low >= 1, low <= UInt64(Int32.max) else { return nil }
    self.init(index: Int32(low - 1), generation: UInt32(rawValue >> 32))
  }
}

/// Values by slot and generation: a slot that is freed is used again, and an id of its former
/// value finds nothing.
///
/// Grows when no slot is free; `init(capacity:)` takes the memory at once.
///
/// Public although only this package imports it: the compiler specializes it for the values of
/// another target only then, and what is not specialized costs half a microsecond a request.
public struct SlotMap<Value> {
  @usableFromInline
  struct Slot {
    @usableFromInline var generation: UInt32
    @usableFromInline var value: Value?

    @inlinable
    init(generation: UInt32, value: Value?) {
      self.generation = generation
      self.value = value
    }
  }

  @usableFromInline var slots: [Slot] = []
  /// Used from its end.
  @usableFromInline var free: [Int32] = []

  public init() {}

  /// Takes memory for so many values, which are then kept without allocating.
  public init(capacity: Int) {
    slots = (0..<capacity).map { _ in Slot(generation: 0, value: nil) }
    free = (0..<Int32(capacity)).reversed()
  }

  @inlinable public var count: Int { slots.count - free.count }
  @inlinable public var freeCount: Int { free.count }

  /// Keeps the value that `make` returns for its id.
  @inlinable
  @discardableResult
  public mutating func insert(_ make: (SlotID) -> Value) -> SlotID {
    if free.isEmpty {
      free.append(Int32(slots.count))
      slots.append(Slot(generation: 0, value: nil))
    }
    let index = free.removeLast()
    let id = SlotID(index: index, generation: slots[Int(index)].generation)
    slots[Int(index)].value = make(id)
    return id
  }

  /// - Precondition: the value is here.
  @inlinable
  @discardableResult
  public mutating func remove(_ id: SlotID) -> Value {
    precondition(holds(id), "a value is removed once")
    let value = slots[Int(id.index)].value.take()!
    slots[Int(id.index)].generation &+= 1
    free.append(id.index)
    return value
  }

  @inlinable
  public func holds(_ id: SlotID) -> Bool {
    guard id.index >= 0, Int(id.index) < slots.count else { return false }
    return slots[Int(id.index)].generation == id.generation
      && slots[Int(id.index)].value != nil
  }

  /// Whether the id named a value that has been removed.
  @inlinable
  public func hasHeld(_ id: SlotID) -> Bool {
    guard id.index >= 0, Int(id.index) < slots.count else { return false }
    return id.generation < slots[Int(id.index)].generation
  }

  /// Nil when that value is gone, whatever has its slot now.
  @inlinable
  public subscript(id: SlotID) -> Value? {
    get { holds(id) ? slots[Int(id.index)].value : nil }
    set {
      precondition(holds(id) && newValue != nil, "only a value that is here is replaced")
      slots[Int(id.index)].value = newValue
    }
  }

  /// Walks the slots, of which some are free, by number: values may come and go meanwhile.
  @inlinable public var slotCount: Int { slots.count }

  @inlinable
  public func entry(slot index: Int) -> (id: SlotID, value: Value)? {
    guard let value = slots[index].value else { return nil }
    return (SlotID(index: Int32(index), generation: slots[index].generation), value)
  }

  /// Stops the program where the table contradicts itself; for tests.
  public func checkInvariants() {
    precondition(Set(free).count == free.count, "a slot is free twice")
    for index in free { precondition(slots[Int(index)].value == nil, "a free slot holds a value") }
    let held = slots.count { $0.value != nil }
    precondition(held == count, "\(held) values in \(count) taken slots")
  }
}
