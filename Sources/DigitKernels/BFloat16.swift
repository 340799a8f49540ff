extension Float {
  /// The bits of the nearest float of 16 bits, of two as near of the even one.
  ///
  /// - Precondition: finite, and its size below 3e38.
  package var bfloat16Bits: UInt16 {
    UInt16(truncatingIfNeeded: (bitPattern + 0x7fff + (bitPattern >> 16 & 1)) >> 16)
  }

  init(bfloat16Bits: UInt16) { self.init(bitPattern: UInt32(bfloat16Bits) << 16) }
}
