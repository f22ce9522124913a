import Foundation
import Testing

@testable import Transforms

@Suite("The Fourier transform of real samples")
struct RealTransformTests {
  static func direct(_ x: [Double]) -> Spectrum {
    let n = x.count
    var spectrum = Spectrum(sampleCount: n, real: [], imaginary: [])
    for k in 0...n / 2 {
      var sum = (0.0, 0.0)
      for (i, value) in x.enumerated() {
        let angle = -2 * Double.pi * Double(k * i % n) / Double(n)
        sum.0 += value * cos(angle)
        sum.1 += value * sin(angle)
      }
      spectrum.real.append(sum.0)
      spectrum.imaginary.append(sum.1)
    }
    return spectrum
  }

  /// By the transform; a length that cannot be gives an empty spectrum.
  static func fast(_ x: [Double]) -> Spectrum {
    if let transform = RealTransform(count: x.count) { return transform(x) }
    return Spectrum(sampleCount: 0, real: [], imaginary: [])
  }

  @Test(
    "equals the sum that defines it, for every small length and for primes", arguments: Array(1...40) + [97, 360, 499])
  func definition(count: Int) {
    let x = (0..<count).map { sin(Double($0 * $0)) + 0.3 * Double($0 % 5) }
    let (found, wanted) = (Self.fast(x), Self.direct(x))
    #expect(found.count == wanted.count)
    for k in 0..<found.count {
      #expect(abs(found.real[k] - wanted.real[k]) < 1e-11 * Double(count))
      #expect(abs(found.imaginary[k] - wanted.imaginary[k]) < 1e-11 * Double(count))
    }
  }

  @Test("keeps the energy of the samples (Parseval) for a long prime length")
  func parseval() {
    let x = (0..<20_011).map { sin(Double($0) * 0.37) + Double($0 % 7) }
    let spectrum = Self.fast(x)
    let power = (0..<spectrum.count).reduce(0) { sum, k in
      sum + spectrum.multiplicity(k) * spectrum.magnitude(k) * spectrum.magnitude(k)
    }
    #expect(abs(power / Double(x.count) / x.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
  }

  @Test("gives the same bits on every call")
  func reproducible() {
    let x = (0..<4093).map { cos(Double($0) * 1.1) }
    let first = Self.fast(x)
    for _ in 0..<4 { #expect(Self.fast(x) == first) }
  }

  @Test("refuses a length below one") func empty() { #expect(Self.fast([]).sampleCount == 0) }

  @Test("tapers place a line between bins and keep its height", arguments: Taper.allCases)
  func tapers(taper: Taper) {
    let count = 1000
    let weights = taper.weights(count)
    #expect(abs(weights.reduce(0, +) / Double(count) - taper.coherentGain) < 1e-12)
    #expect(abs(weights.reduce(0) { $0 + $1 * $1 } / Double(count) - taper.powerGain) < 1e-12)
    for offset in [0.0, 0.1, 0.25, 0.4, 0.5] {
      let x = weights.enumerated().map { $1 * cos(2 * .pi * (200 + offset) * Double($0) / Double(count)) }
      let spectrum = Self.fast(x)
      let height = 2 * spectrum.magnitude(200) / Double(count) / taper.coherentGain
      #expect(abs(height - taper.response(offset)) < 2e-3)
      let found = taper.offset(ratio: spectrum.magnitude(201) / spectrum.magnitude(200))
      #expect(abs(found - offset) < 5e-3)
    }
  }
}
