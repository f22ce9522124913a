import Errors
import Foundation
import Transforms

/// The amplitude spectrum of a window of the quadrupole current, and the lines in it.
public struct RippleSpectrum: Sendable, Equatable {
  /// A spectral line at a multiple of a base frequency.
  public struct Line: Sendable, Equatable {
    /// Base frequency of its family in Hz.
    public var family: Double
    /// Which multiple of it.
    public var multiple: Int
    /// Bin of the spectrum.
    public var bin: Int
    /// Frequency of the bin in Hz.
    public var frequency: Double
    /// Amplitude of a sine of that frequency in A.
    public var amplitude: Double
    /// Angle of the transform in rad; for a sine of phase φ at bin centre φ − π/2 + 2πf·t(start), reduced to −π … π.
    public var phase: Double
    /// Amplitude over the median of the spectrum around it; `nil` when that median is 0.
    public var significance: Double?
    /// Frequency interpolated between bins in Hz.
    public var interpolatedFrequency: Double
    /// Amplitude in A, corrected for the place between bins.
    public var interpolatedAmplitude: Double
    /// Whether another family has a multiple nearer to this line.
    public var isNearerToOtherFamily: Bool
  }

  /// First sample of the window.
  public var firstSample: Int
  /// Number of samples N of the window.
  public var sampleCount: Int
  /// Samples a second.
  public var samplingRate: Double
  /// Mean of the window in A.
  public var mean: Double
  /// Slope of the straight line of least squares in A/s.
  public var drift: Double
  /// Weights along the window.
  public var taper: Taper
  /// The transform of what was left after detrending, tapered.
  public var transform: Spectrum
  /// Amplitude in A per bin: 2|X|/N over the coherent gain of the taper, 1|X|/N at 0 Hz and at the Nyquist frequency.
  public var amplitudes: [Double]
  /// Lines that stand out, family by family, by frequency.
  public var lines: [Line]
  /// What the user should know.
  public var warnings: [CavernWarning]

  /// Start and end of the window in s.
  public var window: (from: Double, to: Double) {
    (Double(firstSample) / samplingRate, Double(firstSample + sampleCount) / samplingRate)
  }

  /// Distance of the bins in Hz.
  public var resolution: Double { samplingRate / Double(sampleCount) }

  /// Frequency of a bin in Hz.
  public func frequency(_ bin: Int) -> Double { Double(bin) * samplingRate / Double(sampleCount) }

  /// Amplitude spectral density of a bin in A/√Hz: √(2|X|²/(rate · Σw²)), one-sided.
  public func density(_ bin: Int) -> Double {
    let power = transform.multiplicity(bin) * transform.magnitude(bin) * transform.magnitude(bin)
    return (power / (samplingRate * Double(sampleCount) * taper.powerGain)).squareRoot()
  }

  /// Analyses a record.
  ///
  /// - Throws: `dcct.window` when the window does not lie in the record or holds fewer than 16 samples.
  public init(_ record: QuadrupoleCurrentRecord, options: RippleOptions = RippleOptions()) throws(CavernError) {
    let range = try Self.window(record, options)
    samplingRate = record.samplingRate
    firstSample = range.lowerBound
    sampleCount = range.count
    taper = options.taper
    warnings = record.warnings
    if let to = options.to, to > record.duration + 0.5 / record.samplingRate {
      warnings.append(
        CavernWarning(
          "dcct.windowCut", "the record ends at \(record.duration) s, before the end of the window at \(to) s",
          file: record.path))
    }
    var values = Array(record.samples[range])
    (mean, drift) = Self.straightLine(values, record.samplingRate)
    let middle = Double(range.count - 1) / 2
    let step = drift / record.samplingRate
    let weights = options.taper == .none ? nil : options.taper.weights(range.count)
    for index in values.indices {
      switch options.detrend {
      case .none: break
      case .mean: values[index] -= mean
      case .linear: values[index] -= mean + step * (Double(index) - middle)
      }
      if let weights { values[index] *= weights[index] }
    }
    guard let fourier = RealTransform(count: range.count) else {
      throw CavernError(
        "dcct.window", "\(range.count) samples are too many to transform", exit: .badData, file: record.path)
    }
    let transform = fourier(values)
    self.transform = transform
    let scale = 1 / (Double(range.count) * options.taper.coherentGain)
    amplitudes = (0..<transform.count).map { transform.multiplicity($0) * transform.magnitude($0) * scale }
    lines = []
    lines = options.families.flatMap { self.lines(of: $0, options) }
  }

  private static func window(
    _ record: QuadrupoleCurrentRecord, _ options: RippleOptions
  ) throws(CavernError) -> Range<Int> {
    let isShort = record.duration < 25
    let from = options.from ?? (isShort ? 0 : 5)
    let to = options.to ?? (isShort ? record.duration : 25)
    let count = Double(record.samples.count)
    guard from.isFinite, to.isFinite, from >= 0, to > from, from * record.samplingRate < count else {
      throw CavernError(
        "dcct.window", "the window \(from) to \(to) s does not lie in the record", exit: .usage, file: record.path,
        expected: "a window inside 0 to \(record.duration) s")
    }
    let first = Int((from * record.samplingRate).rounded())
    let last = Int(min((to * record.samplingRate).rounded(), count))
    guard last - first >= 16 else {
      let isAsked = options.from != nil || options.to != nil
      throw CavernError(
        "dcct.window", "the \(isAsked ? "window" : "record") is too short: samples in it: \(max(0, last - first))",
        exit: isAsked ? .usage : .badData, file: record.path, expected: "at least 16 samples")
    }
    return first..<last
  }

  /// Mean, and slope a second, of the straight line of least squares.
  private static func straightLine(_ values: [Double], _ rate: Double) -> (mean: Double, slope: Double) {
    let count = Double(values.count)
    let first = values[0]
    // Differences from the first sample keep the digits of a small ripple on a large current.
    let mean = values.reduce(0) { $0 + ($1 - first) } / count
    let middle = (count - 1) / 2
    var moment = 0.0
    for (index, value) in values.enumerated() { moment += (Double(index) - middle) * (value - first - mean) }
    return (first + mean, moment / (count * (count * count - 1) / 12) * rate)
  }
}
