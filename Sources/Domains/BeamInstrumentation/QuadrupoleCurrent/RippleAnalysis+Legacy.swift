import Errors
import Foundation
import JSON

extension RippleAnalysis {
  /// The record in the form of the earlier program: one-sided amplitudes over the length of the whole record, always
  /// the six highest of each family.
  ///
  /// Kept for comparisons; the amplitudes are not those of sines.
  ///
  /// - Throws: as `RippleSpectrum.init`.
  public func legacyJSON() throws(CavernError) -> JSONValue {
    let spectrum = try legacySpectrum()
    let range = spectrum.firstSample..<spectrum.firstSample + spectrum.sampleCount
    let signal = record.samples[range]
    let whole = Double(record.samples.count)
    let transform = spectrum.transform
    let bins = 0..<transform.count
    let frequencies = bins.map(spectrum.frequency)
    let amplitudes = bins.map { transform.magnitude($0) / whole }
    let complex = JSONValue.array(bins.map { .numbers([transform.real[$0], transform.imaginary[$0]]) })
    var current = JSONObject([
      ("signal", .numbers(signal)), ("mean", .number(spectrum.mean)), ("fft_freq", .numbers(frequencies)),
      ("fft_amp", .numbers(amplitudes)), ("fft_amp_unnormalized", .numbers(bins.map(transform.magnitude))),
      ("fft_complex", complex),
    ])
    current["significant_peaks"] = try peaks(scale: 1 / whole)
    var knobRecord: JSONValue = nil
    if let knob {
      let factor = knob.strengthPerAmpere
      knobRecord = [
        "quad_class": .string(knob.family.rawValue), "signal": .numbers(signal.map { $0 * factor }),
        "mean": .number(spectrum.mean * factor), "fft_freq": .numbers(frequencies),
        "fft_amp": .numbers(amplitudes.map { $0 * abs(factor) }),
        "fft_complex": .array(
          bins.map { .numbers([transform.real[$0] * factor, transform.imaginary[$0] * factor]) }),
        "significant_peaks": try peaks(scale: abs(factor) / whole, isReversed: factor < 0),
      ]
    }
    return [
      "time": .numbers(range.map { Double($0) / record.samplingRate }), "current": .object(current), "knob": knobRecord,
    ]
  }

  /// The spectrum with the mean taken off and nothing else, as the earlier program made it.
  private func legacySpectrum() throws(CavernError) -> RippleSpectrum {
    var plain = options
    plain.detrend = .mean
    plain.taper = .none
    return try RippleSpectrum(record, options: plain)
  }

  /// The six highest of each family, found as the earlier program did.
  ///
  /// - Throws: as `RippleSpectrum.init`.
  public func legacyPeaks(
    family: Double
  ) throws(CavernError) -> [(frequency: Double, amplitude: Double, phase: Double)] {
    let spectrum = try legacySpectrum()
    let transform = spectrum.transform
    let limit = min(options.maximumFrequency, spectrum.samplingRate / 2)
    let multiples = max(1, Int((limit / family).rounded(.down)))
    let bins = (1...multiples).compactMap { spectrum.highestBin(around: family * Double($0), options.tolerance) }
    return bins.sorted { (transform.magnitude($1), $0) < (transform.magnitude($0), $1) }.prefix(6).map {
      (
        spectrum.frequency($0), transform.magnitude($0) / Double(record.samples.count),
        atan2(transform.imaginary[$0], transform.real[$0])
      )
    }
  }

  private func peaks(scale: Double, isReversed: Bool = false) throws(CavernError) -> JSONValue {
    let whole = Double(record.samples.count)
    var object = JSONObject()
    for family in options.families {
      let peaks = try legacyPeaks(family: family)
      object["\(Text.short(family))Hz"] = [
        "frequencies": .numbers(peaks.map(\.frequency)),
        "amplitudes": .numbers(peaks.map { $0.amplitude * whole * scale }),
        "phases": .numbers(peaks.map { isReversed ? ($0.phase > 0 ? $0.phase - .pi : $0.phase + .pi) : $0.phase }),
      ]
    }
    return .object(object)
  }
}
