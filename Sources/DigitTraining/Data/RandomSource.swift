import Foundation

/// Our own source of chance, so that a seed means the same on every machine and in every version.
///
/// xoshiro256++ (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS
/// 47(4), 2021), its state filled by SplitMix64 as its authors advise.
package struct RandomSource: RandomNumberGenerator, Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  package init(seed: UInt64) {
    var seed = seed
    state = (splitMix(&seed), splitMix(&seed), splitMix(&seed), splitMix(&seed))
  }

  package mutating func next() -> UInt64 {
    let result = rotate(state.0 &+ state.3, 23) &+ state.0
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotate(state.3, 45)
    return result
  }

  /// A multiple of 2⁻²⁴ in 0..<1, every one equally likely.
  package mutating func unitFloat() -> Float {
    Float(next() >> 40) * 0x1p-24
  }

  /// A number in −limit..<limit.
  package mutating func float(within limit: Float) -> Float {
    (2 * unitFloat() - 1) * limit
  }

  /// A number of the normal distribution with mean 0 and deviation 1 (Box and Muller, Annals of
  /// Mathematical Statistics 29, 1958; one of the two that a pair gives).
  package mutating func normal() -> Float {
    let radius = (-2 * log(1 - unitFloat())).squareRoot()
    return radius * cos(2 * .pi * unitFloat())
  }

  /// A whole number in 0..<bound, every one equally likely (Lemire, "Fast Random Integer
  /// Generation in an Interval", ACM TOMACS 29(1), 2019).
  package mutating func index(below bound: Int) -> Int {
    let bound = UInt64(bound)
    var product = next().multipliedFullWidth(by: bound)
    let threshold = (0 &- bound) % bound
    while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    return Int(product.high)
  }

  /// Puts 0..<count in random order (Fisher and Yates; Durstenfeld 1964).
  package mutating func shuffledIndices(_ count: Int) -> [Int] {
    var indices = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      indices.swapAt(last, index(below: last + 1))
    }
    return indices
  }
}

extension RandomSource {
  /// A seed of its own for one purpose: for an epoch, an image of it, a layer of that.
  package static func seed(_ seed: UInt64, _ purposes: UInt64...) -> UInt64 {
    var mixed = seed
    for purpose in purposes {
      var state = mixed ^ (purpose &* 0xd134_2543_de82_ef95)
      mixed = splitMix(&state)
    }
    return mixed
  }
}

private func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
  value << count | value >> (64 - count)
}

/// The next number of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
private func splitMix(_ state: inout UInt64) -> UInt64 {
  state &+= 0x9e37_79b9_7f4a_7c15
  var z = state
  z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
  return z ^ z >> 31
}
