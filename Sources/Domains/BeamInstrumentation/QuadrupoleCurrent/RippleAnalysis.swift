import Errors
import JSON

/// The analysis of one file of quadrupole currents: `record → spectrum → lines → strength`.
public struct RippleAnalysis: Sendable {
  /// What was recorded.
  public var record: QuadrupoleCurrentRecord
  /// Its spectrum and lines.
  public var spectrum: RippleSpectrum
  /// The spectrum along the record, when asked for.
  public var spectrogram: RippleSpectrogram?
  /// Current to strength; `nil` when the family is not known.
  public var knob: KnobConversion?
  /// How it was analysed.
  public var options: RippleOptions

  /// Analyses a record.
  ///
  /// - Parameters:
  ///   - record: the samples.
  ///   - options: window, detrending, taper, families.
  ///   - segment: length in s of the segments of a spectrogram; `nil` for none.
  /// - Throws: `dcct.window`, `dcct.segment`, `dcct.unknownOptics`.
  public init(
    _ record: QuadrupoleCurrentRecord, options: RippleOptions = RippleOptions(), segment: Double? = nil
  ) throws(CavernError) {
    self.record = record
    self.options = options
    knob = nil
    spectrogram = nil
    if let family = record.family { knob = try KnobConversion(optics: options.optics, family: family) }
    spectrum = try RippleSpectrum(record, options: options)
    if let segment {
      spectrogram = try RippleSpectrogram(
        record, spectrum: spectrum, segment: segment, maximumFrequency: options.maximumFrequency)
    }
  }
}

extension RippleAnalysis {
  /// The object of `--json`.
  public var json: JSONValue {
    let window = spectrum.window
    var object = JSONObject([
      ("file", .string(record.path)), ("device", .string(record.device)), ("title", .string(record.title)),
      ("family", .optional(record.family?.rawValue)), ("acquisition", .integer(record.acquisition)),
      ("timeUTC", .optional(record.time?.text)), ("samplingRate_Hz", .number(record.samplingRate)),
      ("samples", .integer(record.samples.count)), ("window_s", .numbers([window.from, window.to])),
      ("windowSamples", .integer(spectrum.sampleCount)), ("resolution_Hz", .number(spectrum.resolution)),
      ("detrend", .string(options.detrend.rawValue)), ("taper", .string(options.taper.rawValue)),
      ("mean_A", .number(spectrum.mean)), ("drift_A_per_s", .number(spectrum.drift)),
      ("lines", .array(spectrum.lines.map(json))),
      (
        "knob",
        knob.map {
          [
            "optics": .string($0.optics), "family": .string($0.family.rawValue),
            "strength_perAmpere": .number($0.strengthPerAmpere),
            "mean_per_m2": .number($0.strengthPerAmpere * spectrum.mean),
          ]
        } ?? nil
      ),
    ])
    if let spectrogram {
      let bins = spectrogram.frequencies.count
      object["spectrogram"] = [
        "segment_s": .number(spectrogram.segmentLength), "time_s": .numbers(spectrogram.times),
        "frequency_Hz": .numbers(spectrogram.frequencies),
        "amplitude_A": .array(
          spectrogram.times.indices.map { .numbers(spectrogram.amplitudes[$0 * bins..<($0 + 1) * bins]) }),
      ]
    }
    return .object(object)
  }

  private func json(_ line: RippleSpectrum.Line) -> JSONValue {
    [
      "family_Hz": .number(line.family), "multiple": .integer(line.multiple), "frequency_Hz": .number(line.frequency),
      "amplitude_A": .number(line.amplitude), "phase_rad": .number(line.phase),
      "significance": .optional(line.significance), "interpolatedFrequency_Hz": .number(line.interpolatedFrequency),
      "interpolatedAmplitude_A": .number(line.interpolatedAmplitude),
      "density_A_per_sqrtHz": .number(spectrum.density(line.bin)),
      "strength_per_m2": .optional(knob.map { abs($0.strengthPerAmpere) * line.amplitude }),
      "relativeStrength": .number(line.amplitude / abs(spectrum.mean)),
      "isNearerToOtherFamily": .bool(line.isNearerToOtherFamily),
    ]
  }
}
