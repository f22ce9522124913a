import Errors
import JSON
import Tables

extension BunchLengthAnalysis {
  /// The object of `--json`.
  public var json: JSONValue {
    let means = rollingMean
    let beta = frames.first?.beta
    return [
      "file": .string(record.path), "header": record.header.json, "beta": .optional(beta),
      "gamma": .optional(beta.map { 1 / (1 - $0 * $0).squareRoot() }),
      "revolutionPeriod_s": .optional(clock?.revolutionPeriod(at: 0)), "binWidth_ns": .number(record.binWidth * 1e9),
      "bins": .integer(record.binCount),
      "frameSpacing_ms": .optional(spacing.map { $0 * 1e3 }), "injectionTime_s": .number(options.injectionTime),
      "compat": .bool(options.isCompatible), "frames": .array(frames.indices.map { json(frames[$0], means[$0]) }),
      "splitting": splitting.map {
        [
          "startFrame": .integer($0.startFrame), "resolvedFrame": .integer($0.resolvedFrame),
          "bunchesBefore": .integer($0.bunches.before), "bunchesAfter": .integer($0.bunches.after),
        ]
      } ?? nil,
    ]
  }

  /// Time between the first two frames in s.
  public var spacing: Double? {
    guard frames.count > 1, let first = frames[0].cycleTime, let second = frames[1].cycleTime else { return nil }
    return second - first
  }

  private func json(_ frame: Frame, _ mean: Double?) -> JSONValue {
    let fit = frame.earliest
    let usable = fit.flatMap { $0.state.isUsable ? $0 : nil }
    return [
      "frame": .integer(frame.number), "cycleTime_s": .optional(frame.cycleTime), "bunches": .integer(frame.bunchCount),
      "sigma_ns": .optional(usable?.sigma.value), "sigmaError_ns": .optional(usable?.sigma.error),
      "state": .string(frame.state), "flags": .array(frame.flags.map { .string($0) }),
      "sigma_m": .optional(usable.flatMap { Self.metres($0.sigma.value, beta: frame.beta) }),
      "sigmaMean_ns": .optional(mean), "beta": .optional(frame.beta), "baseline": .number(frame.baseline),
      "pedestal": .number(frame.pedestal), "noise": .number(frame.noise), "perBunch": .array(frame.bunches.map(json)),
    ]
  }

  private func json(_ fit: BunchFit) -> JSONValue {
    [
      "state": .string(fit.state.rawValue),
      "window": [.integer(fit.window.lowerBound), .integer(fit.window.upperBound)],
      "amplitude": .number(fit.amplitude), "position_ns": .number(fit.position.value),
      "positionError_ns": .number(fit.position.error), "sigma_ns": .number(fit.sigma.value),
      "sigmaError_ns": .number(fit.sigma.error), "fourSigma_ns": .number(fit.fourSigma),
      "fwhm_ns": .optional(fit.fullWidthAtHalfMaximum?.value),
      "fwhmError_ns": .optional(fit.fullWidthAtHalfMaximum?.error),
      "rms_ns": .optional(fit.rootMeanSquare?.value), "rmsError_ns": .optional(fit.rootMeanSquare?.error),
      "area": .number(fit.area.value), "areaError": .number(fit.area.error), "baseline": .number(fit.baseline),
      "covariance": .array((0..<4).map { .numbers(fit.covariance[$0 * 4..<$0 * 4 + 4]) }),
      "splitEvidence": .optional(fit.splitEvidence), "flags": .array(fit.flags.map { .string($0.rawValue) }),
    ]
  }

  /// One row a frame, with the columns of the earlier program first.
  ///
  /// - Throws: nothing that whole analyses give.
  public func table() throws(CavernError) -> Table {
    let means = rollingMean
    let sigmas = frames.map { frame in
      frame.earliest.flatMap { $0.state.isUsable ? $0.sigma.value : nil }
    }
    let variances = frames.map { frame in
      frame.earliest.flatMap { $0.state.isUsable ? $0.sigma.error * $0.sigma.error : nil }
    }
    func metres(_ values: [Double?]) -> [Double?] {
      zip(values, frames).map { value, frame in value.flatMap { Self.metres($0, beta: frame.beta) } }
    }
    return try Table(columns: [
      Column("cycle_time", frames.map(\.cycleTime), unit: "s"), Column("sigma", sigmas, unit: "ns"),
      Column("covariance", variances, unit: "ns^2"), Column("sigma_WMA", means, unit: "ns"),
      Column("bunch_split", frames.map { frame in splitting.map { frame.number >= $0.startFrame } ?? false }),
      Column("N_bunches", frames.map(\.bunchCount)), Column("sigma [m]", metres(sigmas), unit: "m"),
      Column("sigma_WMA [m]", metres(means), unit: "m"), Column("frame", frames.map(\.number)),
      Column("state", frames.map(\.state)), Column("flags", frames.map { $0.flags.joined(separator: " ") }),
      Column("fwhm_ns", frames.map { $0.earliest?.fullWidthAtHalfMaximum?.value }, unit: "ns"),
      Column("rms_ns", frames.map { $0.earliest?.rootMeanSquare?.value }, unit: "ns"),
      Column("area", frames.map { $0.earliest?.area.value }),
      Column("position_ns", frames.map { $0.earliest?.position.value }, unit: "ns"),
    ])
  }
}

extension BunchLengthAnalysis.Frame {
  /// The state of the earliest bunch's fit, or `noBunch`.
  public var state: String { earliest?.state.rawValue ?? "noBunch" }

  /// The flags of the earliest bunch.
  public var flags: [String] { earliest?.flags.map(\.rawValue) ?? [] }
}
