import Errors
import Transforms

/// The spectrum along the record: amplitudes per segment and frequency.
public struct RippleSpectrogram: Sendable, Equatable {
  /// Middle of each segment in s.
  public var times: [Double]
  /// Length of a segment in s.
  public var segmentLength: Double
  /// Frequencies in Hz.
  public var frequencies: [Double]
  /// Amplitudes in A, segment after segment, each from 0 Hz.
  public var amplitudes: [Double]

  /// Analyses the window of a spectrum in segments that overlap by half, each freed of its straight line and tapered by Hann.
  ///
  /// - Throws: `dcct.segment` when a segment holds fewer than 16 samples or is longer than the window.
  public init(
    _ record: QuadrupoleCurrentRecord, spectrum: RippleSpectrum, segment: Double, maximumFrequency: Double
  ) throws(CavernError) {
    let length = Int((segment * record.samplingRate).rounded())
    guard length >= 16, length <= spectrum.sampleCount, let transform = RealTransform(count: length) else {
      throw CavernError(
        "dcct.segment", "segments of \(segment) s do not fit the window", exit: .usage, file: record.path,
        expected: "between \(16 / record.samplingRate) and \(Double(spectrum.sampleCount) / record.samplingRate) s")
    }
    let weights = Taper.hann.weights(length)
    let resolution = record.samplingRate / Double(length)
    let bins = min(length / 2 + 1, Int((maximumFrequency / resolution * (1 + 1e-12)).rounded(.down)) + 1)
    let middle = Double(length - 1) / 2
    segmentLength = Double(length) / record.samplingRate
    frequencies = (0..<bins).map { Double($0) * resolution }
    times = []
    amplitudes = []
    var start = spectrum.firstSample
    while start + length <= spectrum.firstSample + spectrum.sampleCount {
      let values = record.samples[start..<start + length]
      let mean = values.reduce(0, +) / Double(length)
      var moment = 0.0
      for (index, value) in values.enumerated() { moment += (Double(index) - middle) * (value - mean) }
      let slope = moment / (Double(length) * (Double(length) * Double(length) - 1) / 12)
      let image = transform(
        values.enumerated().map { ($1 - mean - slope * (Double($0) - middle)) * weights[$0] })
      let scale = 1 / (Double(length) * Taper.hann.coherentGain)
      amplitudes += (0..<bins).map { image.multiplicity($0) * image.magnitude($0) * scale }
      times.append((Double(start) + Double(length) / 2) / record.samplingRate)
      start += max(1, length / 2)
    }
  }
}
