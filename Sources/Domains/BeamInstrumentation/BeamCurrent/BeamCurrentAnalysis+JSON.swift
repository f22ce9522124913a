import Errors
import JSON

extension BunchEvolution.Measured {
  /// Value and standard error.
  public var json: JSONValue { ["value": .number(value), "error": .number(error)] }
}

extension LifetimeFit {
  /// The record in the outputs.
  public var json: JSONValue {
    [
      "lifetime_s": .optional(lifetime), "lifetimeError_s": .optional(lifetimeError), "rate_perSecond": .number(rate),
      "rateError_perSecond": .optional(rateError), "initialIntensity": .number(initialIntensity),
      "points": .integer(points), "chiSquarePerDegree": .optional(chiSquarePerDegree),
    ]
  }
}

extension SuddenLoss {
  /// The record in the outputs.
  public var json: JSONValue {
    [
      "time_s": .number(time), "timeTolerance_s": .number(timeTolerance), "before": .number(before),
      "after": .number(after), "loss": .number(loss), "fraction": .number(fraction),
      "significance": .number(significance),
    ]
  }
}

extension BunchEvolution {
  /// The lifetime that is reported first.
  public func reportedLifetime(_ weights: BeamCurrentOptions.Weights) -> LifetimeFit? {
    weights == .noise ? weightedLifetime : lifetime
  }

  /// The record in the outputs.
  public func json(_ weights: BeamCurrentOptions.Weights) -> JSONValue {
    let fit = reportedLifetime(weights)
    return [
      "bunch": .integer(number), "slot": .integer(slot), "batch": .integer(batch), "maximum": .number(maximum),
      "timeOfMaximum_s": .number(timeOfMaximum), "injectionTime_s": .optional(injection?.time),
      "injectionTimeError_s": .optional(injection?.timeError),
      "injectionMeasurement": .optional(injection?.measurement), "initial": initial?.json ?? nil,
      "final": final?.json ?? nil, "transmission": transmission?.json ?? nil, "loss": loss?.json ?? nil,
      "lifetime_s": .optional(fit?.lifetime), "lifetimeError_s": .optional(fit?.lifetimeError),
      "initialIntensity": .optional(fit?.initialIntensity), "points": .optional(fit?.points),
      "lifetimeFits": ["none": lifetime?.json ?? nil, "noise": weightedLifetime?.json ?? nil],
      "suddenLosses": .array(losses.map(\.json)),
    ]
  }
}

extension BatchEvolution {
  /// The record in the outputs.
  public var json: JSONValue {
    [
      "batch": .integer(number), "bunches": .array(bunches.map { .integer($0) }),
      "slots": [.integer(slots.lowerBound), .integer(slots.upperBound)], "injectionTime_s": .optional(injectionTime),
      "initial": initial?.json ?? nil, "final": final?.json ?? nil, "transmission": transmission?.json ?? nil,
      "loss": loss?.json ?? nil, "suddenLosses": .integer(losses),
    ]
  }
}

extension BeamCurrentAnalysis.Injection {
  /// The record in the outputs.
  public var json: JSONValue {
    [
      "time_s": .number(time), "timeError_s": .optional(timeError),
      "bunches": .array(bunches.map { .integer($0) }), "intensity": intensity?.json ?? nil,
    ]
  }
}

extension BeamCurrentAnalysis {
  /// What the record is.
  public var header: [(String, JSONValue)] {
    [
      ("file", .string(path)), ("device", .string(record.device)), ("machine", .optional(record.machine)),
      ("acquisition", .integer(record.acquisition)), ("acqTime", .optional(record.acquisitionTimeText)),
      ("acqTimeUTC", .optional(record.time?.text)), ("cycleStamp", .optional(record.cycleStamp)),
      ("selector", .optional(record.selector)),
      ("beamDetected", record.beamDetected.map { .bool($0) } ?? .null),
      ("particle", .optional(particle)), ("chargeState", .optional(options.chargeState)),
      ("measurements", .integer(record.measurementCount)), ("slotCount", .integer(record.slotCount)),
      ("unit", .string(record.unitName)), ("chargesPerCount", .optional(record.unitExponent.map { _ in record.unit })),
    ]
  }

  /// The object of `cavern beam fbct show --json`; intensities are in charges, baseline subtracted unless said otherwise.
  public var json: JSONValue {
    var object = JSONObject(header)
    object["filledSlots"] = .array(selection.filled.map { .integer($0) })
    object["selectedSlots"] = .array(selection.selected.map { .integer($0) })
    object["threshold"] = .number(selection.threshold)
    object["lastMeasurementWithBeam"] = .optional(lastMeasurementWithBeam)
    object["noise"] = .number(baseline.noise)
    object["weights"] = .string(options.weights.rawValue)
    object["bunches"] = .array(chosen.map { bunches[$0].json(options.weights) })
    object["batches"] = .array(batches.map(\.json))
    object["injections"] = .array(injections.map(\.json))
    object["total"] = [
      "injected": total.injected?.json ?? nil, "final": total.final?.json ?? nil,
      "transmission": total.transmission?.json ?? nil, "loss": total.loss?.json ?? nil,
      "lifetime": total.lifetime?.json ?? nil,
    ]
    object["calibration"] = calibration?.json ?? .null
    return .object(object)
  }

  /// The object of `cavern beam fbct table --json`: intensities as recorded, and the baseline to subtract.
  public var tableJSON: JSONValue {
    let slots = chosen.map { bunches[$0].slot }
    var object = JSONObject([
      ("device", .string(record.device)), ("slots", .array(slots.map { .integer($0) })),
      ("cycleTime_s", .numbers(record.times)),
    ])
    object["intensity"] = .array(
      (0..<record.measurementCount).map { measurement in
        .numbers(slots.map { record.intensity(measurement, $0) })
      })
    object["baseline"] = .numbers(baseline.levels)
    for (name, value) in header where object[name] == nil { object[name] = value }
    object["noise"] = .number(baseline.noise)
    return .object(object)
  }
}

extension IntensityCalibration {
  /// The record in the outputs.
  public var json: JSONValue {
    [
      "device": .string(device), "factor": .number(factor), "factorError": .optional(factorError),
      "relativeDeviation": .number(relativeDeviation), "points": .integer(points),
    ]
  }
}
