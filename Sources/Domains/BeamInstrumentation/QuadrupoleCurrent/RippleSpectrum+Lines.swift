import Foundation
import Transforms

extension RippleSpectrum {
  /// The lines of one family: at each multiple the highest peak within the tolerance, when it stands out of its surroundings.
  func lines(of family: Double, _ options: RippleOptions) -> [Line] {
    // With bins wider than half the distance of two lines, none can be told from the next.
    guard family > 0, resolution <= family / 2 else { return [] }
    let limit = min(options.maximumFrequency, samplingRate / 2)
    let multiples = Int((limit / family * (1 + 1e-12)).rounded(.down))
    guard multiples >= 1 else { return [] }
    return (1...multiples).compactMap { multiple in
      guard let bin = highestPeak(around: family * Double(multiple), options.tolerance) else { return nil }
      let level = medianLevel(around: bin, options.surroundings)
      guard amplitudes[bin] > options.significance * level else { return nil }
      return line(family, multiple, bin, level, options)
    }
  }

  /// The highest bin within the tolerance of a multiple, significant or not, as the earlier program took it.
  func highestBin(around centre: Double, _ tolerance: Double) -> Int? {
    bins(around: centre, tolerance).max { (amplitudes[$0], -$0) < (amplitudes[$1], -$1) }
  }

  /// The highest bin within the tolerance that no neighbour exceeds: the slope of a line outside is not a line.
  private func highestPeak(around centre: Double, _ tolerance: Double) -> Int? {
    bins(around: centre, tolerance).filter { bin in
      let lower = bin > 1 ? amplitudes[bin - 1] : 0
      let upper = bin + 1 < amplitudes.count ? amplitudes[bin + 1] : 0
      return amplitudes[bin] >= lower && amplitudes[bin] >= upper
    }.max { (amplitudes[$0], -$0) < (amplitudes[$1], -$1) }
  }

  private func bins(around centre: Double, _ tolerance: Double) -> ClosedRange<Int> {
    let low = Int(((centre - tolerance) / resolution - 1e-9).rounded(.up))
    let high = Int(((centre + tolerance) / resolution + 1e-9).rounded(.down))
    let last = amplitudes.count - 1
    // Between two bins of a short window lies no bin: the nearest one stands for it.
    guard low <= high else {
      let nearest = min(max(Int((centre / resolution).rounded()), 1), last)
      return nearest...nearest
    }
    let first = min(max(low, 1), last)
    return first...max(first, min(high, last))
  }

  /// The median of the spectrum within the surroundings of a bin, 0 Hz left out; at least ten bins to each side.
  func medianLevel(around bin: Int, _ halfWidth: Double) -> Double {
    let reach = max(10, Int((halfWidth / resolution).rounded()))
    var values = Array(amplitudes[max(1, bin - reach)...min(amplitudes.count - 1, bin + reach)])
    return median(of: &values)
  }

  private func line(_ family: Double, _ multiple: Int, _ bin: Int, _ level: Double, _ options: RippleOptions) -> Line {
    let frequency = frequency(bin)
    let lower = bin > 1 ? amplitudes[bin - 1] : 0
    let upper = bin + 1 < amplitudes.count ? amplitudes[bin + 1] : 0
    let offset = taper.offset(ratio: max(lower, upper) / amplitudes[bin])
    let distance = { (base: Double) in
      let nearest = max(1, (frequency / base).rounded())
      return abs(frequency - nearest * base)
    }
    return Line(
      family: family, multiple: multiple, bin: bin, frequency: frequency, amplitude: amplitudes[bin],
      phase: atan2(transform.imaginary[bin], transform.real[bin]),
      significance: level > 0 ? amplitudes[bin] / level : nil,
      interpolatedFrequency: frequency + (upper > lower ? offset : -offset) * resolution,
      interpolatedAmplitude: amplitudes[bin] / taper.response(offset),
      isNearerToOtherFamily: options.families.contains { distance($0) < distance(family) - 1e-9 })
  }
}
