import JSON

extension RunAnalysis {
  /// What is known of the pulses of one channel.
  public struct Summary: Sendable {
    /// Channel, from 1.
    public var channel: Int
    /// Segments, and those with a whole pulse.
    public var segments: Int, good: Int
    /// Medians over good pulses: amplitude and noise in volts, charge in picocoulomb, rise time in seconds.
    public var amplitude: Double, noise: Double, charge: Double, rise: Double
    /// How often each flag is set.
    public var flags: [(name: String, count: Int)]
  }

  /// One summary a channel.
  public var summaries: [Summary] {
    channels.map { channel in
      let rows = (0..<pulses.count).filter { Int(pulses.channel[$0]) == channel }
      let good = rows.filter { pulses.flags[$0].isGood }
      func median(_ values: [Double]) -> Double {
        let sorted = good.map { values[$0] }.filter(\.isFinite).sorted()
        return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
      }
      return Summary(
        channel: channel, segments: rows.count, good: good.count, amplitude: median(pulses.amplitude),
        noise: median(pulses.noise), charge: median(pulses.charge), rise: median(pulses.rise),
        flags: PulseFlags.all.map { flag, name in (name, rows.count { pulses.flags[$0].contains(flag) }) })
    }
  }

  /// What `cavern scope analyse --json` prints.
  public var json: JSONValue {
    [
      "options": options.json, "segments": .integer(pulses.count), "reference": .string("C\(reference)"),
      "channels": .array(
        summaries.map { summary in
          [
            "channel": .string("C\(summary.channel)"), "segments": .integer(summary.segments),
            "good": .integer(summary.good), "median_amplitude_V": .number(summary.amplitude),
            "median_noise_V": .number(summary.noise), "median_charge_pC": .number(summary.charge),
            "median_rise_s": .number(summary.rise),
            "flags": .object(JSONObject(summary.flags.map { ($0.name, .integer($0.count)) })),
          ]
        }),
      "pairs": .array(
        pairs.map { pair in
          [
            "reference": .string("C\(pair.reference)"), "channel": .string("C\(pair.channel)"),
            "method": .string(pair.method.rawValue), "raw": pair.raw.json, "walk": pair.walk?.json ?? .null,
            "corrected": pair.corrected?.json ?? .null,
          ]
        }),
    ]
  }
}
