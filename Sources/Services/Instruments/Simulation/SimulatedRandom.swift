import Foundation

/// Seeded random numbers of the simulators (SplitMix64; Steele, Lea and Flood, OOPSLA 2014).
struct SimulatedRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Uniform in 0 ..< 1.
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Exponential with this mean.
  mutating func exponential(_ mean: Double) -> Double { -mean * log(1 - uniform()) }

  /// Normal with mean 0 and width 1 (Box and Muller).
  mutating func normal() -> Double { (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform()) }
}
